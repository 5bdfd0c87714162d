/**
 * Keeps a copy of a user's friends in a file: npx node examples/sync.ts alice copy.json
 *
 * The first run reads the whole list, every later one what changed since. Needs nothing but Node.js 22.18.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const { FRIENDGATE_URL = "http://localhost:8787", API_TOKEN = "local-api-token" } = process.env;

type Friend = { friendId: string; addedAt: number };
type Page = { friends: Friend[]; deleted: Friend[]; cursor: string | null; since: string };
type Copy = { since?: string; friends: Record<string, number> };

/** One page; undefined if friendgate has forgotten deletions since then. */
async function readPage(userId: string, query: Record<string, string>): Promise<Page | undefined> {
  const path = `/v1/users/${encodeURIComponent(userId)}/friends?${new URLSearchParams(query)}`;
  const response = await fetch(FRIENDGATE_URL + path, {
    headers: { Authorization: `Bearer ${API_TOKEN}` },
    signal: AbortSignal.timeout(10_000),
  });
  if (response.status === 410) return undefined;
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
  return (await response.json()) as Page;
}

async function bringUpToDate(userId: string, { since, friends: known }: Copy): Promise<Copy> {
  const friends = new Map(Object.entries(known));
  let query: Record<string, string> = since === undefined ? {} : { since };
  for (;;) {
    const page = await readPage(userId, query);
    if (page === undefined) {
      // Begin again, with the whole list.
      friends.clear();
      query = {};
      continue;
    }
    // A row may come twice: setting and removing it again does no harm.
    for (const { friendId, addedAt } of page.friends) friends.set(friendId, addedAt);
    for (const { friendId } of page.deleted) friends.delete(friendId);
    if (page.cursor === null) return { since: page.since, friends: Object.fromEntries(friends) };
    query = { cursor: page.cursor };
  }
}

const [userId = "", file = ""] = process.argv.slice(2);
const before: Copy = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : { friends: {} };
const copy = await bringUpToDate(userId, before);
writeFileSync(file, JSON.stringify(copy));
console.log(Object.keys(copy.friends).length, "friends");
