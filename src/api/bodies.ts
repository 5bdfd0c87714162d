import * as z from "zod/mini";
import { MOVED } from "../db/moves/tables.ts";
import {
  LIST_AGE_MAX_MS,
  LISTS_MAX,
  LISTS_MAX_FRIENDS,
  MS_MIN,
  REDRIVE_MAX_LETTERS,
  SLOTS,
} from "../limits.ts";
import { entry, matching, sized, whole } from "../schema.ts";
import { exactly, ownerParams } from "./parameters.ts";
import { tokenSchema } from "./tokens.ts";

/** The bodies that come as JSON. */

const someIds = `must be a list of 1 to ${REDRIVE_MAX_LETTERS} ids of dead letters`;
export const lettersBody = z.object({
  ids: z
    .array(z.string("must be the id of a dead letter"), someIds)
    .check(sized(1, REDRIVE_MAX_LETTERS, someIds)),
});

const ms = whole(MS_MIN, undefined, "must be milliseconds since the epoch");

const tooOld = "must be of the last hour: look at this machine's clock";
const readAt = ms.check(
  z.refine((at) => at <= Date.now() && at >= Date.now() - LIST_AGE_MAX_MS, tooOld),
);

const friend = z.object({
  friendId: ownerParams.shape.userId,
  addedAt: z.optional(ms),
  source: z.optional(z.string().check(matching(/^\w{1,64}$/))),
});
const tooMany = `has more than ${LISTS_MAX_FRIENDS} friends`;
const friends = z.array(friend, "must be a list").check(sized(0, LISTS_MAX_FRIENDS, tooMany));

/** The list of one user. The path names the user. */
export const listBody = z.object({ readAt, friends });

const someLists = `must be at most ${LISTS_MAX} lists of different users, with ${LISTS_MAX_FRIENDS} friends in all`;
export const listsBody = z.object({
  lists: z
    .array(z.object({ ...ownerParams.shape, readAt, friends }), someLists)
    .check(
      z.refine(
        (lists) =>
          lists.length <= LISTS_MAX &&
          new Set(lists.map(({ userId }) => userId)).size === lists.length &&
          lists.reduce((sum, { friends }) => sum + friends.length, 0) <= LISTS_MAX_FRIENDS,
        someLists,
      ),
    ),
});

const database = z
  .string("must be the binding of a database")
  .check(matching(/^\w{1,64}$/, "must be the binding of a database"));
const slot = whole(0, SLOTS - 1, `must be a slot from 0 to ${SLOTS - 1}`);
const firstAndLast = "must be the first and the last slot";
const slotsFromTo = entry([slot, slot], firstAndLast).check(
  z.refine(([first, last]) => first <= last, firstAndLast),
);
const tables = MOVED.map(({ name }) => name);

/** A key of a table. */
const place = z
  .unknown()
  .check(
    z.refine(
      (key) => Array.isArray(key) && key.every((part) => /^(string|number)$/.test(typeof part)),
      "is none that was given out",
    ),
  ) as z.ZodMiniType<(string | number)[]>;

/** A slice of a table, to be brought to where it belongs. */
export const moveBody = exactly({
  table: z.literal(tables, `must be one of ${tables.join(", ")}`),
  from: database,
  to: z.optional(database),
  slots: z.optional(slotsFromTo),
  after: z.optional(tokenSchema(place)),
  since: z.optional(ms),
  how: z.literal(["copy", "move", "check"], "must be copy, move or check"),
}).check(
  z.refine(
    ({ to, slots }) => (to === undefined) === (slots === undefined),
    "to and slots go together",
  ),
  z.refine(
    ({ table, after }) =>
      after === undefined || after.length === MOVED.find(({ name }) => name === table)?.key.length,
    "after is of another table",
  ),
  z.refine(
    ({ to, how }) => to === undefined || how !== "move",
    "a move follows SHARDS: copy first, then deploy the new SHARDS, then move",
  ),
);
export type MoveBody = z.output<typeof moveBody>;

const count = whole(0);
export const reconciliation = z.object({
  startedAt: ms,
  finishedAt: ms,
  dryRun: z.literal([true, false]),
  users: count,
  checked: count,
  missing: count,
  extra: count,
  repaired: count,
  skipped: count,
  failed: count,
});
