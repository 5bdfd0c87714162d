import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, it } from "vitest";
import { readApi } from "../../tools/simulate/read-api.ts";

const friend = (friendId: string) => ({
  friendId,
  addedAt: 1,
  initiatorId: null,
  source: "friend_add",
  adminId: null,
  forced: false,
});

const decided = (applicantId: string) => ({
  ...{ id: "1", at: 5, applicantId, responderId: "r", code: 0, observedKey: "user:r" },
});

/** Two friends and two blocked users for every user, on two pages each; and the record of one. */
let api: Server;
let url: string;
const asked: (string | undefined)[] = [];
beforeEach(async () => {
  api = createServer((request, response) => {
    asked.push(request.headers.authorization);
    const page = new URL(request.url ?? "", "http://api.example");
    const [, , path = "", user = "", list = ""] = page.pathname.split("/").map(decodeURIComponent);
    const second = page.searchParams.get("cursor") === "2&";
    const cursor = second ? null : "2&";
    const suffix = second ? "b" : "a";
    const bodies: Record<string, object> = {
      "users friends": { friends: [friend(`${user}-${suffix}`)], deleted: [], cursor, since: "" },
      "users blacklist": { blacklist: [{ blockedId: `${user}-${suffix}`, addedAt: 1 }], cursor },
      "friend-requests ": { requests: [decided("a b:c"), decided("of nobody's run")], after: null },
      "friend-responses ": { responses: [{ ...decided("小明"), action: "Agree" }], after: null },
    };
    const body = bodies[`${path} ${list}`];
    response.writeHead(user === "gone" ? 500 : 200).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => api.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(api.address() as AddressInfo).port}/callback?x=1`;
});
afterEach(() => {
  api.closeAllConnections();
  api.close();
});

describe("the read API", () => {
  it("is read page by page, whatever the ids hold", async ({ expect }) => {
    const users = ["a b:c", "小明", "%2F/?&=+", `'"\\`, ...Array.from({ length: 20 }, String)];
    const { friends, blacklist, record } = await readApi({ url, token: "secret" }, users, 0);
    const pairs = users.flatMap((user) => [
      [user, `${user}-a`],
      [user, `${user}-b`],
    ]);
    expect(friends.map(({ pair }) => pair)).toEqual(pairs);
    expect(friends[0]?.attributes).toEqual({
      initiatorId: null,
      source: "friend_add",
      adminId: null,
      forced: false,
    });
    expect(blacklist).toEqual(pairs.map((pair) => ({ pair, attributes: null })));
    // The record of everybody is read, and what is about the run is kept.
    const item = { responderId: "r", atMs: 5, code: 0, isObserved: true };
    expect(record).toEqual([
      { ...item, type: "request", applicantId: "a b:c" },
      { ...item, type: "response", applicantId: "小明" },
    ]);
    expect(new Set(asked)).toEqual(new Set(["Bearer secret"]));
  });

  it("that fails is not taken for an empty list", async ({ expect }) => {
    await expect(readApi({ url, token: "secret" }, ["alice", "gone"], 0)).rejects.toThrow(
      "HTTP 500",
    );
  });
});
