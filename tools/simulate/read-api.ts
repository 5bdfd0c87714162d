import * as z from "zod";
import { interrupted, ToolError } from "../lib/tool.ts";
import type { Stored } from "./compare.ts";

/** What is read of an answer to GET /v1/users/:userId/friends. */
const pageSchema = z.object({
  friends: z.array(
    z.object({
      friendId: z.string(),
      initiatorId: z.string().nullable(),
      source: z.string().nullable(),
      adminId: z.string().nullable(),
      forced: z.boolean(),
    }),
  ),
  cursor: z.string().nullable(),
});

/** Users whose friends are read at once. */
const USERS_AT_ONCE = 16;
const TIMEOUT_MS = 30_000;

/**
 * The friendships of some users, as the read API gives them.
 *
 * @param url any URL of the deployment
 * @throws when a page cannot be read
 */
export async function readApi(
  url: string,
  apiToken: string,
  users: readonly string[],
): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (let start = 0; start < users.length; start += USERS_AT_ONCE) {
    const some = users.slice(start, start + USERS_AT_ONCE);
    const lists = await Promise.all(some.map((user) => friendsOf(url, apiToken, user)));
    stored.push(...lists.flat());
  }
  return stored;
}

async function friendsOf(url: string, apiToken: string, user: string): Promise<Stored[]> {
  const stored: Stored[] = [];
  for (let cursor: string | null = ""; cursor !== null; ) {
    const page: URL = new URL(`/v1/users/${encodeURIComponent(user)}/friends`, url);
    if (cursor !== "") page.searchParams.set("cursor", cursor);
    const response = await fetch(page, {
      headers: { Authorization: `Bearer ${apiToken}` },
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), interrupted]),
    });
    if (!response.ok) {
      throw new ToolError(
        `the read API answers HTTP ${response.status}`,
        "check API_TOKEN; without it in the environment, D1 is read instead",
      );
    }
    const { friends, cursor: next } = pageSchema.parse(await response.json());
    for (const { friendId, ...attributes } of friends) {
      stored.push({ pair: [user, friendId], attributes });
    }
    cursor = next;
  }
  return stored;
}
