import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { blackList, stored } from "../support/lists.ts";
import { officialSamples } from "../support/tencent.ts";
import { callback, deliver, envWith, heldQueue, storedFriends } from "../support/worker.ts";

const OK = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };

describe("the official samples", () => {
  it.for([
    undefined,
    "application/json",
    "application/json; charset=utf-8",
    "text/plain",
    "application/x-www-form-urlencoded",
    "nonsense",
  ])("are answered as documented under Content-Type %s", async (contentType, { expect }) => {
    const init = contentType === undefined ? {} : { headers: { "Content-Type": contentType } };
    const options = { init, env: envWith({ FRIEND_EVENTS: heldQueue() }) };
    const { friendRequest, friendResponse, ...changes } = officialSamples;
    for (const change of Object.values(changes)) {
      const { status, reply } = await callback(change, options);
      expect({ status, reply }).toEqual({ status: 200, reply: OK });
    }
    for (const question of [friendRequest, friendResponse]) {
      const answered = await callback(question, options);
      expect(answered.status).toBe(200);
      expect(answered.reply).toEqual({
        ...OK,
        ResultItem: [
          { To_Account: "id1", ResultCode: 0, ResultInfo: "" },
          { To_Account: "id2", ResultCode: 0, ResultInfo: "" },
        ],
      });
    }
  });

  it("refuse a blocked applicant and let a rejection pass", async ({ expect }) => {
    await env.BLOCKLIST.put("user:id1", "spam");
    await env.BLOCKLIST.put("user:id2", "spam");
    const { reply } = await callback(officialSamples.friendResponse);
    expect(reply.ResultItem).toEqual([
      { To_Account: "id1", ResultCode: 38000, ResultInfo: "spam" },
      { To_Account: "id2", ResultCode: 0, ResultInfo: "" },
    ]);
  });

  it("fill the friends table, and leave tombstones in it", async ({ expect }) => {
    const queue = heldQueue();
    const workerEnv = envWith({ FRIEND_EVENTS: queue });
    await callback(officialSamples.friendAdd, { env: workerEnv });
    await deliver(queue.messages);
    expect(await storedFriends()).toMatchObject(
      ["id1", "id2", "id3"].map((friend_id) => ({
        user_id: "id",
        friend_id,
        added_at: expect.any(Number),
        deleted_at: null,
        initiator_id: "id",
        source: "friend_add",
        admin_id: null,
        forced: 1,
      })),
    );

    await callback(officialSamples.friendDelete, { env: workerEnv });
    await deliver(queue.messages);
    expect(await storedFriends()).toMatchObject(
      ["id1", "id2", "id3"].map((friend_id) => ({
        user_id: "id",
        friend_id,
        added_at: null,
        deleted_at: expect.any(Number),
        initiator_id: null,
      })),
    );
  });

  it("fill the blacklist, and leave tombstones in it", async ({ expect }) => {
    const queue = heldQueue();
    const workerEnv = envWith({ FRIEND_EVENTS: queue });
    const pairs = ["id1", "id2", "id3"].map((other_id) => ({ user_id: "id", other_id }));
    await callback(officialSamples.blacklistAdd, { env: workerEnv });
    await deliver(queue.messages);
    expect(await stored(blackList)).toMatchObject(
      pairs.map((pair) => ({ ...pair, added_at: expect.any(Number), deleted_at: null })),
    );

    await callback(officialSamples.blacklistDelete, { env: workerEnv });
    await deliver(queue.messages);
    expect(await stored(blackList)).toMatchObject(
      pairs.map((pair) => ({ ...pair, added_at: null, deleted_at: expect.any(Number) })),
    );
    expect(await storedFriends()).toEqual([]);
  });
});
