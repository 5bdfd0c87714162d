import type { FriendsService } from "../../src/index.ts";

type Env = { FRIENDS: Service<FriendsService>; COPIES: KVNamespace };
type Copy = { since?: string; friends: Record<string, number> };

/** Answers `/alice` with alice's friends. The first time it reads the list, later what changed since. */
export default {
  async fetch(request: Request, { FRIENDS, COPIES }: Env): Promise<Response> {
    const userId = decodeURIComponent(new URL(request.url).pathname.slice(1));
    const before = (await COPIES.get<Copy>(userId, "json")) ?? { friends: {} };
    const copy = await bringUpToDate(FRIENDS, userId, before);
    await COPIES.put(userId, JSON.stringify(copy));
    return Response.json(Object.keys(copy.friends).toSorted());
  },
};

async function bringUpToDate(
  service: Env["FRIENDS"],
  userId: string,
  { since, friends: known }: Copy,
): Promise<Copy> {
  const friends = new Map(Object.entries(known));
  let query: { since?: string; cursor?: string } = since === undefined ? {} : { since };
  for (;;) {
    const answer = await service.friends(userId, query);
    if (!answer.ok) {
      // Deletions since then are forgotten: begin again, with the whole list.
      friends.clear();
      query = {};
      continue;
    }
    const { page } = answer;
    // A row may come twice: setting and removing it again does no harm.
    for (const { friendId, addedAt } of page.friends) friends.set(friendId, addedAt);
    for (const { friendId } of page.deleted) friends.delete(friendId);
    if (page.cursor === null) return { since: page.since, friends: Object.fromEntries(friends) };
    query = { cursor: page.cursor };
  }
}
