import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import type { FriendsChanged } from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { afterMs } from "../support/clock.ts";
import { brokenDatabase, faultyDatabase, hanging } from "../support/faults.ts";
import { blackList, friendList, stored } from "../support/lists.ts";
import { logLines } from "../support/log.ts";
import {
  blacklistAdd,
  blacklistDelete,
  callbackRequest,
  friendAdd,
  friendDelete,
} from "../support/tencent.ts";
import {
  callback,
  deliver,
  envWith,
  fetchInFront,
  heldQueue,
  storedDeadLetters,
  storedFriends,
} from "../support/worker.ts";

/** Tencent waits no longer for an answer. https://cloud.tencent.com/document/product/269/1522 */
const TENCENT_TIMEOUT_MS = 2_000;

const rejecting = (error: unknown) => ({ send: () => Promise.reject(error) });

describe.for([
  { list: friendList, add: friendAdd, remove: friendDelete },
  { list: blackList, add: blacklistAdd, remove: blacklistDelete },
])("a change of the list $list.kind", ({ list, add, remove }) => {
  it("that the queue takes is logged with the number of its messages", async ({ expect }) => {
    const pairs = Array.from({ length: 501 }, (_, index) => ["alice", `friend${index}`]);
    await callback(remove(...(pairs as [string, string][])), {
      env: envWith({ FRIEND_EVENTS: heldQueue() }),
    });
    expect(logLines()).toMatchObject([
      { event: "enqueued", type: `${list.kind}-deleted`, pairs: 501, messages: 2 },
    ]);
  });

  it.for([
    ["throws", rejecting(new RangeError("full")), "RangeError"],
    ["throws what is no error", rejecting("full"), "string"],
    ["is not bound", undefined, "TypeError"],
  ] as const)(
    "goes to the table where the queue %s, and the log says why",
    async ([, FRIEND_EVENTS, queue], { expect }) => {
      const { reply } = await callback(add(["alice", "bob"], ["bob", "alice"]), {
        env: envWith({ FRIEND_EVENTS }),
      });
      expect(reply.ActionStatus).toBe("OK");
      expect(await stored(list)).toHaveLength(2);
      expect(logLines()).toMatchObject([
        { event: "applied", type: `${list.kind}-added`, pairs: 2, queue, rowsWritten: 2 },
      ]);
      expect(await storedDeadLetters()).toEqual([]);
    },
  );

  it("that nothing takes is answered FAIL, and the log says what queue and table did", async ({
    expect,
  }) => {
    const { reply } = await callback(add(["alice", "bob"], ["bob", "alice"]), {
      env: envWith({
        FRIEND_EVENTS: rejecting(new RangeError("full")),
        DB: brokenDatabase("Network connection lost."),
      }),
    });
    expect(reply.ActionStatus).toBe("FAIL");
    expect(logLines()).toMatchObject([
      {
        event: "failed",
        reason: "not-stored",
        type: `${list.kind}-added`,
        pairs: 2,
        queue: "RangeError",
        table: "Error",
      },
    ]);
  });

  it("is answered while Tencent waits, though queue and table both hang", async ({ expect }) => {
    vi.useFakeTimers();
    const { begun, operation: send } = hanging();
    const DB = faultyDatabase(env.DB, () => "hang");
    const { response } = fetchInFront(
      await callbackRequest(add(["alice", "bob"])),
      envWith({ FRIEND_EVENTS: { send }, DB }),
    );
    await begun;
    expect(await afterMs(TENCENT_TIMEOUT_MS, response)).toBeInstanceOf(Response);
    expect(await (await response).json()).toMatchObject({ ActionStatus: "FAIL" });
    expect(logLines()).toMatchObject([
      { event: "failed", reason: "not-stored", queue: "timeout", table: "timeout" },
    ]);
  });
});

const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);

describe.for([
  { list: friendList, add: friendAdd },
  { list: blackList, add: blacklistAdd },
])("a pair that cannot be stored in the list $list.kind", ({ list, add }) => {
  const odd = { From_Account: "alice", To_Account: "line\nbreak" };
  const good = add(["alice", "bob"], ["alice", "carol"]);
  const body = { ...good, PairList: [...good.PairList, odd] };
  const others = async () => (await stored(list)).map((row) => row.other_id);

  it("becomes a dead letter, and its neighbours are stored", async ({ expect }) => {
    const queue = heldQueue();
    const { reply } = await callback(body, { env: envWith({ FRIEND_EVENTS: queue }) });
    expect(reply).toEqual({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" });
    expect(queue.writes).toBe(1);
    expect(logLines()).toMatchObject([{ event: "enqueued", pairs: 2, unstorable: 1, messages: 2 }]);
    await deliver(queue.messages);
    expect(await others()).toEqual(["bob", "carol"]);
    const letters = await storedDeadLetters();
    expect(letters).toMatchObject([{ reason: "malformed", status: "waiting" }]);
    expect(JSON.parse(letters[0]?.body ?? "")).toMatchObject({
      type: `${list.kind}-added`,
      pairs: [odd],
    });
  });

  it("is kept in the table of dead letters where the queue does not take it", async ({
    expect,
  }) => {
    const send = () => Promise.reject(new Error("down"));
    const { reply } = await callback(body, {
      env: envWith({ FRIEND_EVENTS: { send, sendBatch: send } }),
    });
    expect(reply.ActionStatus).toBe("OK");
    expect(await others()).toEqual(["bob", "carol"]);
    expect(await storedDeadLetters()).toMatchObject([{ reason: "malformed", attempts: 1 }]);
    expect(logLines()).toMatchObject([{ event: "applied", pairs: 2, unstorable: 1 }]);
  });

  it.for([
    ["is a list of three, as a friendship of ours is", ["mallory", "eve", null]],
    ["is a list of two, as a block of ours is", ["mallory", "eve"]],
    ["has an account that is nested", { From_Account: "a", To_Account: JSON.parse(nested(19)) }],
    ["is a text", "mallory"],
    ["is null", null],
  ])("becomes a dead letter where it %s", async ([, pair], { expect }) => {
    const queue = heldQueue();
    await callback(
      { ...body, PairList: [pair, ...body.PairList] },
      { env: envWith({ FRIEND_EVENTS: queue }) },
    );
    const { acked } = await deliver(queue.messages);
    expect(acked).toHaveLength(2);
    expect(await others()).toEqual(["bob", "carol"]);
    expect(await storedDeadLetters()).toMatchObject([{ reason: "malformed" }]);
  });

  it.for([[["mallory", "eve", null]], [["mallory", "eve"]]])(
    "that is the list %j is not stored where it comes alone",
    async ([pair], { expect }) => {
      const queue = heldQueue();
      await callback({ ...body, PairList: [pair] }, { env: envWith({ FRIEND_EVENTS: queue }) });
      await deliver(queue.messages);
      expect(await others()).toEqual([]);
      expect(await storedDeadLetters()).toHaveLength(1);
    },
  );
});

describe("pairs that cannot be stored", () => {
  const odd = { From_Account: "alice", To_Account: "line\nbreak" };
  const good = friendAdd(["alice", "bob"], ["alice", "carol"]);
  const body = { ...good, PairList: [...good.PairList, odd] };
  const friends = async () => (await storedFriends()).map((row) => row.friend_id);

  it("are answered FAIL and logged with their number where nothing of them can be kept", async ({
    expect,
  }) => {
    const queue = heldQueue();
    const long = { From_Account: "x".repeat(100_000), To_Account: "y" };
    const { reply } = await callback(
      { ...body, PairList: [long, ...body.PairList, long] },
      { env: envWith({ FRIEND_EVENTS: queue }) },
    );
    expect(reply).toMatchObject({ ActionStatus: "FAIL", ErrorCode: 1 });
    expect(logLines()).toMatchObject([
      { event: "failed", reason: "not-kept", type: "friends-added", pairs: 2 },
      { event: "enqueued", pairs: 2, unstorable: 1 },
    ]);
    await deliver(queue.messages);
    expect(await friends()).toEqual(["bob", "carol"]);
  });

  it.for([20, 1_000, 100_000])(
    "and are nested %i times and once more lose no neighbour",
    async (depth, { expect }) => {
      const queue = heldQueue();
      const pairs = JSON.stringify(body.PairList).replace(
        "[",
        `[{"From_Account":${nested(depth)}},`,
      );
      const text = JSON.stringify(body).replace(JSON.stringify(body.PairList), () => pairs);
      const { reply } = await callback(text, {
        query: { CallbackCommand: body.CallbackCommand },
        env: envWith({ FRIEND_EVENTS: queue }),
      });
      expect(reply).toMatchObject({ ActionStatus: "FAIL", ErrorInfo: expect.any(String) });
      expect(logLines()).toMatchObject([
        { event: "failed", reason: "not-kept", pairs: 1 },
        { event: "enqueued", pairs: 2, unstorable: 1 },
      ]);
      await deliver(queue.messages);
      expect(await friends()).toEqual(["bob", "carol"]);
    },
  );

  it("are merely not kept where they come alone", async ({ expect }) => {
    const long = { From_Account: "x".repeat(100_000), To_Account: "y" };
    await callback({ ...body, PairList: [long] });
    expect(logLines()).toMatchObject([{ event: "failed", reason: "not-kept", pairs: 1 }]);
  });

  it("are kept, as many bytes as one message holds", async ({ expect }) => {
    const queue = heldQueue();
    const half = { From_Account: "x".repeat(19_900) };
    await callback(
      { ...body, PairList: [half, half, half] },
      { env: envWith({ FRIEND_EVENTS: queue }) },
    );
    expect(queue.messages).toMatchObject([{ pairs: { length: 2 } }]);
    expect(logLines()).toMatchObject([
      { event: "failed", reason: "not-kept", pairs: 1 },
      { event: "enqueued", unstorable: 2 },
    ]);
  });

  it("are kept, as many as one message holds", async ({ expect }) => {
    const queue = heldQueue();
    await callback(
      { ...body, PairList: Array.from({ length: 501 }, () => ({ From_Account: "a" })) },
      { env: envWith({ FRIEND_EVENTS: queue }) },
    );
    expect(queue.messages).toMatchObject([{ pairs: { length: 500 } }]);
    expect(logLines()).toMatchObject([
      { event: "failed", reason: "not-kept", pairs: 1 },
      { event: "enqueued", pairs: 0, unstorable: 500, messages: 1 },
    ]);
  });
});

describe("an EventTime behind the clock", () => {
  it.for([
    ["exactly the life of a tombstone", 20 * 86_400_000, true],
    ["a millisecond more", 20 * 86_400_000 + 1, false],
  ] as const)("by %s orders the change or not", async ([, behindMs, believed], { expect }) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const EventTime = Date.now() - behindMs;
    const queue = heldQueue();
    await callback(
      { ...friendDelete(["alice", "bob"]), EventTime },
      { env: envWith({ FRIEND_EVENTS: queue, TOMBSTONE_DAYS: "20" }) },
    );
    const [{ orderKey }] = queue.messages as [FriendsChanged];
    expect(orderKey === toOrderKey(EventTime)).toBe(believed);
  });

  it("by years is arrival: the deletion deletes, and who syncs hears of it", async ({ expect }) => {
    const queue = heldQueue();
    const workerEnv = envWith({ FRIEND_EVENTS: queue });
    await callback(friendAdd(["alice", "bob"]), { env: workerEnv });
    // Seconds in place of milliseconds.
    const EventTime = Math.floor(Date.now() / 1_000);
    await callback({ ...friendDelete(["alice", "bob"]), EventTime }, { env: workerEnv });
    await deliver(queue.messages);
    const [row] = await storedFriends();
    expect(row?.deleted_at).toBeGreaterThan(Date.now() - 60_000);
  });
});

describe("an EventTime ahead of the clock", () => {
  it.for([
    ["59 seconds", 59_000, true],
    ["exactly a minute", 60_000, true],
    ["61 seconds", 61_000, false],
    ["nine minutes", 540_000, false],
  ] as const)("by %s orders the change or not", async ([, aheadMs, believed], { expect }) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const EventTime = Date.now() + aheadMs;
    const queue = heldQueue();
    await callback(
      { ...friendAdd(["alice", "bob"]), EventTime },
      { env: envWith({ FRIEND_EVENTS: queue }) },
    );
    const [{ orderKey }] = queue.messages as [FriendsChanged];
    if (believed) expect(orderKey).toBe(toOrderKey(EventTime));
    else expect(orderKey).toBeLessThan(toOrderKey(Date.now() + 1_000));
  });
});
