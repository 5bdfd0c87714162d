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

/** Two friends for every user, on two pages. */
let api: Server;
let url: string;
const asked: (string | undefined)[] = [];
beforeEach(async () => {
  api = createServer((request, response) => {
    asked.push(request.headers.authorization);
    const page = new URL(request.url ?? "", "http://api.example");
    const user = decodeURIComponent(page.pathname.split("/")[3] ?? "");
    const second = page.searchParams.get("cursor") === "2&";
    const body = second
      ? { friends: [friend(`${user}-b`)], deleted: [], cursor: null, since: "" }
      : { friends: [friend(`${user}-a`)], deleted: [], cursor: "2&", since: "" };
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
    const stored = await readApi(url, "secret", users);
    expect(stored.map(({ pair }) => pair)).toEqual(
      users.flatMap((user) => [
        [user, `${user}-a`],
        [user, `${user}-b`],
      ]),
    );
    expect(stored[0]?.attributes).toEqual({
      initiatorId: null,
      source: "friend_add",
      adminId: null,
      forced: false,
    });
    expect(new Set(asked)).toEqual(new Set(["Bearer secret"]));
  });

  it("that fails is not taken for an empty list", async ({ expect }) => {
    await expect(readApi(url, "secret", ["alice", "gone"])).rejects.toThrow("HTTP 500");
  });
});
