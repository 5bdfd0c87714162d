import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import type { FriendsChanged } from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { afterMs } from "../support/clock.ts";
import { brokenDatabase, faultyDatabase, hanging } from "../support/faults.ts";
import { logLines } from "../support/log.ts";
import { callbackRequest, friendAdd, friendDelete } from "../support/tencent.ts";
import { callback, envWith, fetchInFront, heldQueue, storedFriends } from "../support/worker.ts";

/** Tencent waits no longer for an answer. https://cloud.tencent.com/document/product/269/1522 */
const TENCENT_TIMEOUT_MS = 2_000;

const rejecting = (error: unknown) => ({ send: () => Promise.reject(error) });

describe("a change of friends", () => {
  it("that the queue takes is logged with the number of its messages", async ({ expect }) => {
    const pairs = Array.from({ length: 501 }, (_, index) => ["alice", `friend${index}`]);
    await callback(friendDelete(...(pairs as [string, string][])), {
      env: envWith({ FRIEND_EVENTS: heldQueue() }),
    });
    expect(logLines()).toMatchObject([
      { event: "enqueued", type: "friends-deleted", pairs: 501, messages: 2 },
    ]);
  });

  it.for([
    ["throws", rejecting(new RangeError("full")), "RangeError"],
    ["throws what is no error", rejecting("full"), "string"],
    ["is not bound", undefined, "TypeError"],
  ] as const)(
    "goes to the table where the queue %s, and the log says why",
    async ([, FRIEND_EVENTS, queue], { expect }) => {
      const { reply } = await callback(friendAdd(["alice", "bob"], ["bob", "alice"]), {
        env: envWith({ FRIEND_EVENTS }),
      });
      expect(reply.ActionStatus).toBe("OK");
      expect(await storedFriends()).toHaveLength(2);
      expect(logLines()).toMatchObject([
        { event: "applied", type: "friends-added", pairs: 2, queue, rowsWritten: 2 },
      ]);
    },
  );

  it("that nothing takes is answered FAIL, and the log says what queue and table did", async ({
    expect,
  }) => {
    const { reply } = await callback(friendAdd(["alice", "bob"], ["bob", "alice"]), {
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
        type: "friends-added",
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
      await callbackRequest(friendAdd(["alice", "bob"])),
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

describe("an EventTime ahead of the clock", () => {
  it.for([
    ["59 seconds", 59_000, true],
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
