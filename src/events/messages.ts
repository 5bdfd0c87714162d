import * as z from "zod/mini";
import { RESPONSE_ACTIONS } from "../blocklist/value.ts";
import { entry, orNull, sized, whole } from "../schema.ts";
import { isUserId } from "../tencent/commands.ts";
import { CALLBACK_SCHEMAS, CALLBACK_TYPE, type KeptCallback } from "./callback.ts";
import { type Events, type FriendsChanged, KINDS, type Kind, kindOfType } from "./kinds.ts";

/** An account that the tables keep byte for byte. */
export const storableId = (problem?: string) =>
  z.string(problem).check(z.refine(isUserId, problem));
/** The edge also sends accounts that cannot be stored. They become dead letters. */
const id = storableId();
/** Never "". It would be another row than null, but compare as the same. */
const textOrNobody = orNull(z.string().check(sized(1)));

const orderKey = whole(1);

const friendsChanged = z.object({
  v: z.literal(2),
  type: z.literal(KINDS.friends.types),
  orderKey,
  source: textOrNobody,
  adminId: textOrNobody,
  forced: z.literal([true, false]),
  pairs: z.array(entry([id, id, textOrNobody])),
});

/** Version 1 called the order key `version`. */
const { orderKey: version, ...sharedShape } = friendsChanged.shape;
const friendsChanged1 = z.pipe(
  z.object({ ...sharedShape, v: z.literal(1), version }),
  z.transform(({ version, ...rest }): FriendsChanged => ({ ...rest, v: 2, orderKey: version })),
);

const blacklistChanged = z.object({
  v: z.literal(1),
  type: z.literal(KINDS.blacklist.types),
  orderKey,
  pairs: z.array(entry([id, id])),
});

const textOrNone = orNull(z.string());

const decidedShape = {
  v: z.literal(1),
  callId: z.string().check(sized(1)),
  at: whole(1),
  eventTime: orNull(whole()),
  requesterId: textOrNone,
  clientIp: textOrNone,
  platform: textOrNone,
  requestId: textOrNone,
};
const outcome = [whole(), textOrNone, textOrNone, textOrNone] as const;

const responsesDecided = z.object({
  ...decidedShape,
  type: z.literal(KINDS.responses.types),
  responderId: z.string(),
  responses: z.array(entry([whole(), z.string(), z.literal(RESPONSE_ACTIONS), ...outcome])),
});

const requestsDecided = z.object({
  ...decidedShape,
  type: z.literal(KINDS.requests.types),
  applicantId: z.string(),
  through: whole(0),
  requests: z.array(entry([whole(), z.string(), ...outcome])),
});

/** By the version of the message: the one that this deploy writes, and the one before. */
const SCHEMAS: { readonly [K in Kind]: Readonly<Record<number, z.ZodMiniType<Events[K]>>> } = {
  friends: { 1: friendsChanged1, 2: friendsChanged },
  blacklist: { 1: blacklistChanged },
  responses: { 1: responsesDecided },
  requests: { 1: requestsDecided },
};

export type ParsedMessage =
  | { [K in Kind]: { ok: true; kind: K; event: Events[K] } }[Kind]
  /** A callback is not stored, but delivered. */
  | { ok: true; kind: "callback"; event: KeptCallback }
  /** `unknown`: another deploy wrote it. A deploy that knows its type and version may come back. */
  | { ok: false; reason: "unknown" | "malformed" };

/** Every message of every deploy has a version, and so far a type. */
const anyMessage = z.object({ v: whole(), type: z.optional(z.unknown()) });

/** Reads and checks a message when it arrives: messages outlive deploys. */
export function parseMessage(body: unknown): ParsedMessage {
  const { success, data } = anyMessage.safeParse(body);
  if (!success) return { ok: false, reason: "malformed" };
  if (data.type === CALLBACK_TYPE) return parseBy("callback", CALLBACK_SCHEMAS[data.v], body);
  const kind = kindOfType(data.type);
  return kind === undefined
    ? { ok: false, reason: "unknown" }
    : parseBy(kind, SCHEMAS[kind][data.v], body);
}

function parseBy(
  kind: Kind | "callback",
  schema: z.ZodMiniType | undefined,
  body: unknown,
): ParsedMessage {
  if (schema === undefined) return { ok: false, reason: "unknown" };
  const { success, data } = schema.safeParse(body);
  return success
    ? ({ ok: true, kind, event: data } as ParsedMessage)
    : { ok: false, reason: "malformed" };
}
