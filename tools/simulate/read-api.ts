import * as z from "zod";
import { readSince } from "../lib/decided.ts";
import { interrupted, ToolError } from "../lib/tool.ts";
import type { Stored } from "./compare.ts";
import type { Recorded } from "./record.ts";
import type { StoredTables } from "./stored.ts";

const cursor = z.string().nullable();
const friend = z
  .object({
    friendId: z.string(),
    initiatorId: z.string().nullable(),
    source: z.string().nullable(),
    adminId: z.string().nullable(),
    forced: z.boolean(),
  })
  .transform(({ friendId, ...attributes }) => ({ other: friendId, attributes }));
const blocked = z
  .object({ blockedId: z.string() })
  .transform(({ blockedId }) => ({ other: blockedId, attributes: null }));

/** The fields that are read from a page of GET /v1/users/:userId/friends, and of …/blacklist. */
const PAGES = {
  friends: z
    .object({ friends: z.array(friend), cursor })
    .transform(({ friends, cursor }) => ({ entries: friends, cursor })),
  blacklist: z
    .object({ blacklist: z.array(blocked), cursor })
    .transform(({ blacklist, cursor }) => ({ entries: blacklist, cursor })),
};
type List = keyof typeof PAGES;

/** How many users' lists are read at once. */
const USERS_AT_ONCE = 16;
const TIMEOUT_MS = 30_000;

type Api = { url: string; token: string };

/**
 * What some users have in the tables, by the answers of the read API.
 *
 * @param api any URL of the deployment
 * @param sinceMs the time from which the record is read
 * @throws when a page cannot be read
 */
export async function readApi(
  api: Api,
  users: readonly string[],
  sinceMs: number,
): Promise<StoredTables> {
  return {
    friends: await listsOf("friends", api, users),
    blacklist: await listsOf("blacklist", api, users),
    record: await recordOf(api, users, sinceMs),
  };
}

async function listsOf(list: List, api: Api, users: readonly string[]): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (let start = 0; start < users.length; start += USERS_AT_ONCE) {
    const some = users.slice(start, start + USERS_AT_ONCE);
    const lists = await Promise.all(some.map((user) => listOf(list, api, user)));
    stored.push(...lists.flat());
  }
  return stored;
}

async function listOf(list: List, { url, token }: Api, user: string): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: URL = new URL(`/v1/users/${encodeURIComponent(user)}/${list}`, url);
    if (cursor !== "") page.searchParams.set("cursor", cursor);
    const response = await fetch(page, {
      headers: { Authorization: `Bearer ${token}` },
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), interrupted]),
    });
    if (!response.ok) throw notReadable(`the read API answers HTTP ${response.status}`);
    const { entries, cursor: next } = PAGES[list].parse(await response.json());
    for (const { other, attributes } of entries) stored.push({ pair: [user, other], attributes });
    cursor = next;
  }
  return stored;
}

/** Reads the record of everybody, and keeps what is about these users. */
async function recordOf(api: Api, users: readonly string[], sinceMs: number): Promise<Recorded[]> {
  const own = new Set(users);
  const recorded: Recorded[] = [];
  for (const type of ["request", "response"] as const) {
    const read = await readSince(type, { ...api, blocked: false }, sinceMs);
    if (!read.ok) throw notReadable(read.problem);
    for (const { applicantId, responderId, at: atMs, code, observedKey } of read.decided) {
      if (!own.has(applicantId)) continue;
      const isObserved = observedKey !== null;
      recorded.push({ type, applicantId, responderId, atMs, code, isObserved });
    }
  }
  return recorded;
}

function notReadable(problem: string): ToolError {
  return new ToolError(
    problem,
    "check API_TOKEN; without it in the environment, D1 is read instead",
  );
}
