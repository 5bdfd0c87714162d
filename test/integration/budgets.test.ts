import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import { RULE_KINDS } from "../../src/blocklist/key.ts";
import { countedDb, countedKv } from "../support/counted.ts";
import { blackList, friendList, LISTS, stored } from "../support/lists.ts";
import {
  blacklistAdd,
  blacklistDelete,
  friendAdd,
  friendDelete,
  QUESTIONS,
} from "../support/tencent.ts";
import { callback, deliver, envWith, heldQueue } from "../support/worker.ts";

const ids = (count: number) => Array.from({ length: count }, (_, index) => `friend${index}`);
const pairsOf = (count: number) =>
  ids(count).map((friend) => ["alice", friend] as [string, string]);

describe.for(QUESTIONS)("a friend $what", ({ ask }) => {
  it.for([
    // One key for who sends it, and two for each of the others: the user's and the pair's.
    { items: 1, keys: 3, operations: 1 },
    { items: 10, keys: 21, operations: 1 },
    { items: 49, keys: 99, operations: 1 },
    { items: 50, keys: 101, operations: 2 },
    { items: 100, keys: 201, operations: 3 },
  ])("of $items items reads $keys keys in $operations operations", async (expected, { expect }) => {
    const kv = countedKv(env.BLOCKLIST);
    const { reply } = await callback(ask("alice", ids(expected.items)), {
      env: envWith({ BLOCKLIST: kv.binding, DB: undefined, FRIEND_EVENTS: undefined }),
    });
    expect(reply.ResultItem).toHaveLength(expected.items);
    expect(kv.count).toEqual({ operations: expected.operations, keys: expected.keys });
  });

  it("asks for a key once, however often it occurs", async ({ expect }) => {
    const kv = countedKv(env.BLOCKLIST);
    await callback(ask("alice", ["bob", "bob", "bob", "alice"]), {
      env: envWith({ BLOCKLIST: kv.binding }),
    });
    // user:alice, user:bob, and two pairs
    expect(kv.count).toEqual({ operations: 1, keys: 4 });
  });

  it.for([
    { items: 1, messages: 1, rowsWritten: 2 },
    { items: 10, messages: 1, rowsWritten: 11 },
    { items: 100, messages: 1, rowsWritten: 101 },
    { items: 301, messages: 2, rowsWritten: 302 },
  ])(
    "of $items items, of which one is refused, is recorded by $messages messages, one statement, $rowsWritten rows",
    async ({ items, ...expected }, { expect }) => {
      await env.BLOCKLIST.put("user:friend0", "no");
      const queue = heldQueue();
      const db = countedDb(env.DB);
      const workerEnv = envWith({
        DB: db.binding,
        FRIEND_EVENTS: queue,
        RECORD_RESPONSES: "all",
        BLOCKLIST_KINDS: RULE_KINDS.join(","),
      });
      await callback(ask("alice", ids(items)), { env: workerEnv });
      expect(db.count.statements).toBe(0);
      expect(queue.writes).toBe(1);
      await deliver(queue.messages, { env: workerEnv });
      expect({ messages: queue.messages.length, ...db.count }).toMatchObject({
        ...expected,
        statements: 1,
      });
    },
  );

  it.for([
    { items: 1, rowsWritten: 2 },
    { items: 10, rowsWritten: 11 },
    { items: 100, rowsWritten: 101 },
    { items: 301, rowsWritten: 302 },
  ])(
    "of $items items, of which one is refused, is recorded at once by no message, one statement, $rowsWritten rows",
    async ({ items, rowsWritten }, { expect }) => {
      await env.BLOCKLIST.put("user:friend0", "no");
      const queue = heldQueue();
      const db = countedDb(env.DB);
      const settings = { RECORD_RESPONSES: "all", RECORD_TO: "table", FRIEND_EVENTS: queue };
      await callback(ask("alice", ids(items)), { env: envWith({ ...settings, DB: db.binding }) });
      expect(queue.writes).toBe(0);
      expect(db.count).toMatchObject({ statements: 1, rowsWritten });
    },
  );
});

describe("a friend request costs what a friend response of as many items costs", () => {
  it.for(
    [1, 10, 100].flatMap((items) =>
      [undefined, RULE_KINDS.join(",")].map((kinds) => [items, kinds] as const),
    ),
  )("%i items, BLOCKLIST_KINDS %s", async ([items, BLOCKLIST_KINDS], { expect }) => {
    await env.BLOCKLIST.put("user:friend0", "no");
    const costs = [];
    for (const { ask } of QUESTIONS) {
      const kv = countedKv(env.BLOCKLIST);
      const db = countedDb(env.DB);
      const queue = heldQueue();
      const writeDataPoint = vi.fn();
      const workerEnv = envWith({
        BLOCKLIST: kv.binding,
        DB: db.binding,
        FRIEND_EVENTS: queue,
        METRICS: { writeDataPoint },
        RECORD_RESPONSES: "all",
        BLOCKLIST_KINDS,
      });
      await callback(ask("alice", ids(items)), { env: workerEnv });
      await deliver(queue.messages, { env: workerEnv });
      const points = writeDataPoint.mock.calls.length;
      const { rowsRead, reads: _, ...writing } = db.count;
      costs.push({ rowsRead, cost: { kv: kv.count, writing, writes: queue.writes, points } });
    }
    const [request, response] = costs;
    expect(request?.cost).toEqual(response?.cost);
    expect(request?.cost.writing).toEqual({ statements: 1, rowsWritten: items + 1 });
    // That an action is one of three is looked up once more for each response.
    expect([request?.rowsRead, response?.rowsRead]).toEqual([items, 2 * items]);
  });
});

const CHANGES = [
  { list: friendList, add: friendAdd, remove: friendDelete },
  { list: blackList, add: blacklistAdd, remove: blacklistDelete },
];

describe.for(CHANGES)("a change of the list $list.kind", ({ add }) => {
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
      const { reply } = await callback(add(...pairsOf(expected.pairs)), {
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

describe.for(CHANGES)("a batch on its way into the table $list.kind", ({ list, add, remove }) => {
  it.for([
    { messages: 1, pairs: 1 },
    { messages: 1, pairs: 500 },
    { messages: 100, pairs: 1 },
    { messages: 20, pairs: 500 },
  ])("is one statement for $messages messages of $pairs pairs", async (size, { expect }) => {
    const queue = heldQueue();
    for (let message = 0; message < size.messages; message += 1) {
      const pairs = ids(size.pairs).map((id) => [`user${message}`, id] as [string, string]);
      await callback(add(...pairs), { env: envWith({ FRIEND_EVENTS: queue }) });
    }
    const db = countedDb(env.DB);
    const { acked } = await deliver(queue.messages, { env: envWith({ DB: db.binding }) });

    expect(acked).toHaveLength(size.messages);
    expect(db.count).toMatchObject({
      statements: 1,
      rowsWritten: size.messages * size.pairs,
    });
    expect(await stored(list)).toHaveLength(size.messages * size.pairs);
  });

  it("writes the rows that change, and no others", async ({ expect }) => {
    const queue = heldQueue();
    const workerEnv = envWith({ FRIEND_EVENTS: queue });
    await callback(add(...pairsOf(10)), { env: workerEnv });
    await deliver(queue.messages);

    const first = queue.messages.splice(0);
    await callback(remove(...pairsOf(3)), { env: workerEnv });
    const db = countedDb(env.DB);
    await deliver([...first, ...queue.messages, ...first], { env: envWith({ DB: db.binding }) });
    expect(db.count).toMatchObject({ statements: 1, rowsWritten: 3 });
  });
});

it("a batch of both lists is one statement for each, and a row for each change", async ({
  expect,
}) => {
  const queue = heldQueue();
  const workerEnv = envWith({ FRIEND_EVENTS: queue });
  for (const { add } of [...CHANGES, ...CHANGES]) {
    await callback(add(...pairsOf(50)), { env: workerEnv });
  }
  await callback(blacklistDelete(["alice", "bob"]), { env: workerEnv });
  const db = countedDb(env.DB);
  await deliver(queue.messages, { env: envWith({ DB: db.binding }) });
  expect(db.count).toMatchObject({ statements: LISTS.length, rowsWritten: 50 + 51 });
});
