import * as z from "zod";
import { ask, type DeploymentOptions, detailIn } from "../lib/ask.ts";
import { ToolError } from "../lib/tool.ts";
import type { FriendList } from "./friend-list.ts";
import type { UsersPage } from "./source.ts";

const comparedSchema = z.object({
  friends: z.int(),
  missing: z.int(),
  extra: z.int(),
  repaired: z.int(),
  unchanged: z.int(),
  pairs: z
    .object({
      missing: z.array(z.object({ userId: z.string(), friendId: z.string() })),
      extra: z.array(z.object({ userId: z.string(), friendId: z.string() })),
    })
    .optional(),
});
/** The differences that the deployment found in lists and repaired. */
export type Compared = z.output<typeof comparedSchema>;

const usersSchema = z.object({ users: z.array(z.string()), cursor: z.string().nullable() });

/** What the deployment refuses, and why. */
export type Refused = { refused: string };

export type Figures = {
  users: number;
  checked: number;
  missing: number;
  extra: number;
  repaired: number;
  skipped: number;
  failed: number;
};

export type Deployment = {
  /** A lower bound of how far its clock is ahead of ours, in milliseconds. */
  clockAheadMs(): Promise<number>;
  usersAt(cursor: string): Promise<UsersPage>;
  compare(
    lists: readonly FriendList[],
    how: { dryRun: boolean; pairs: boolean },
  ): Promise<Compared | Refused>;
  keep(
    figures: Figures & { startedAt: number; finishedAt: number; dryRun: boolean },
  ): Promise<void>;
};

/** After an interruption, the tool still sends what it has read. It may take this long to clean up. */
const GRACE_MS = 8_000;
const PAGE_USERS = 1_000;

/** The API of a deployment. */
export function createDeployment(options: DeploymentOptions): Deployment {
  const grace = whenLate(options.signal, GRACE_MS);
  const read = (path: string) => ask({ ...options, path, method: "GET", ends: options.signal });
  const write = (path: string, method: string, body: object) =>
    ask({ ...options, path, method, body, ends: grace });
  return {
    async clockAheadMs() {
      const { response } = await read("/v1/users?limit=1");
      // The header has whole seconds, rounded down, and time passed since. So the clock is ahead by at least
      // this.
      const dateMs = Date.parse(response.headers.get("Date") ?? "");
      return Number.isNaN(dateMs) ? 0 : dateMs - Date.now();
    },
    async usersAt(cursor) {
      const query = new URLSearchParams({ limit: String(PAGE_USERS) });
      if (cursor !== "") query.set("cursor", cursor);
      const { text } = await read(`/v1/users?${query}`);
      const { users, cursor: next } = usersSchema.parse(JSON.parse(text));
      return { users, next };
    },
    async compare(lists, { dryRun, pairs }) {
      const [only, ...others] = lists;
      const query = new URLSearchParams({
        ...(dryRun && { dryRun: "true" }),
        ...(pairs && { report: "pairs" }),
      });
      const { response, text } =
        only !== undefined && others.length === 0
          ? await write(
              `/v1/users/${encodeURIComponent(only.userId)}/friend-list?${query}`,
              "PUT",
              {
                readAt: only.readAt,
                friends: only.friends,
              },
            )
          : await write(`/v1/friend-lists?${query}`, "PUT", { lists });
      return response.ok ? comparedSchema.parse(JSON.parse(text)) : { refused: detailIn(text) };
    },
    async keep(figures) {
      const { response, text } = await write("/v1/reconciliations", "POST", figures);
      if (response.ok) return;
      throw new ToolError(
        `the deployment does not keep the figures: ${detailIn(text)}`,
        "the friends table is repaired all the same; deploy the newest version",
      );
    },
  };
}

/** A signal that aborts so many milliseconds after the other one. */
function whenLate(signal: AbortSignal, ms: number): AbortSignal {
  const late = new AbortController();
  const abort = () => setTimeout(() => late.abort(new Error("interrupted")), ms).unref();
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort, { once: true });
  return late.signal;
}
