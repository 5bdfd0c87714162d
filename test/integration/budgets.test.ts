import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { countedDb, countedKv } from "../support/counted.ts";
import { friendAdd, friendDelete, friendResponse } from "../support/tencent.ts";
import { callback, deliver, envWith, heldQueue, storedFriends } from "../support/worker.ts";

const ids = (count: number) => Array.from({ length: count }, (_, index) => `friend${index}`);
const pairsOf = (count: number) =>
  ids(count).map((friend) => ["alice", friend] as [string, string]);

describe("a friend response", () => {
  it.for([
    // One key for the responder, and two for each applicant: the user's and the pair's.
    { items: 1, keys: 3, operations: 1 },
    { items: 10, keys: 21, operations: 1 },
    { items: 49, keys: 99, operations: 1 },
    { items: 50, keys: 101, operations: 2 },
    { items: 100, keys: 201, operations: 3 },
  ])("of $items items reads $keys keys in $operations operations", async (expected, { expect }) => {
    const kv = countedKv(env.BLOCKLIST);
    const { reply } = await callback(friendResponse("alice", ids(expected.items)), {
      env: envWith({ BLOCKLIST: kv.binding, DB: undefined, FRIEND_EVENTS: undefined }),
    });
    expect(reply.ResultItem).toHaveLength(expected.items);
    expect(kv.count).toEqual({ operations: expected.operations, keys: expected.keys });
  });

  it("asks for a key once, however often it occurs", async ({ expect }) => {
    const kv = countedKv(env.BLOCKLIST);
    await callback(friendResponse("alice", ["bob", "bob", "bob", "alice"]), {
      env: envWith({ BLOCKLIST: kv.binding }),
    });
    // user:alice, user:bob, pair:alice:bob, pair:alice:alice
    expect(kv.count).toEqual({ operations: 1, keys: 4 });
  });
});

describe("a change of friends", () => {
  it.for([
    { pairs: 0, writes: 0, messages: 0 },
    { pairs: 1, writes: 1, messages: 1 },
    { pairs: 500, writes: 1, messages: 1 },
    { pairs: 501, writes: 1, messages: 2 },
    { pairs: 2_000, writes: 1, messages: 4 },
  ])(
    "of $pairs pairs is $writes queue writes of $messages messages",
    async (expected, { expect }) => {
      const queue = heldQueue();
      const { reply } = await callback(friendAdd(...pairsOf(expected.pairs)), {
        env: envWith({ FRIEND_EVENTS: queue, DB: undefined, BLOCKLIST: undefined }),
      });
      expect(reply.ActionStatus).toBe("OK");
      expect({ writes: queue.writes, messages: queue.messages.length }).toEqual({
        writes: expected.writes,
        messages: expected.messages,
      });
    },
  );
});

describe("a batch on its way into the table", () => {
  it.for([
    { messages: 1, pairs: 1 },
    { messages: 1, pairs: 500 },
    { messages: 100, pairs: 1 },
    { messages: 20, pairs: 500 },
  ])("is one statement for $messages messages of $pairs pairs", async (size, { expect }) => {
    const queue = heldQueue();
    for (let message = 0; message < size.messages; message += 1) {
      const pairs = ids(size.pairs).map((id) => [`user${message}`, id] as [string, string]);
      await callback(friendAdd(...pairs), { env: envWith({ FRIEND_EVENTS: queue }) });
    }
    const db = countedDb(env.DB);
    const { acked } = await deliver(queue.messages, { env: envWith({ DB: db.binding }) });

    expect(acked).toHaveLength(size.messages);
    expect(db.count).toMatchObject({
      statements: 1,
      rowsWritten: size.messages * size.pairs,
    });
    expect(await storedFriends()).toHaveLength(size.messages * size.pairs);
  });

  it("writes the rows that change, and no others", async ({ expect }) => {
    const queue = heldQueue();
    const workerEnv = envWith({ FRIEND_EVENTS: queue });
    await callback(friendAdd(...pairsOf(10)), { env: workerEnv });
    await deliver(queue.messages);

    const first = queue.messages.splice(0);
    await callback(friendDelete(...pairsOf(3)), { env: workerEnv });
    const db = countedDb(env.DB);
    await deliver([...first, ...queue.messages, ...first], { env: envWith({ DB: db.binding }) });
    expect(db.count).toMatchObject({ statements: 1, rowsWritten: 3 });
  });
});
