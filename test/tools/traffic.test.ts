import { describe, it } from "vitest";
import { latencyOf } from "../../tools/lib/latency.ts";
import { compare, type Stored } from "../../tools/simulate/compare.ts";
import type { Change, Happening, Table } from "../../tools/simulate/happening.ts";
import { people } from "../../tools/simulate/people.ts";
import { type PlanOptions, planOf, type Step } from "../../tools/simulate/plan.ts";
import { compareRecord, type Recorded, type RecordMode } from "../../tools/simulate/record.ts";
import { run } from "../../tools/simulate/run.ts";
import { spamReport } from "../../tools/simulate/spam-report.ts";
import { misledPairs, type Outcome, pairKey, truthOf } from "../../tools/simulate/truth.ts";
import type { Verdict } from "../../tools/simulate/verdicts.ts";
import type { Pair } from "../../tools/tencent/bodies.ts";

const OPTIONS: PlanOptions = {
  users: 50,
  events: 2_000,
  spammers: 0,
  requestsEach: 0,
  duplicatesPercent: 5,
  reorderPercent: 10,
  seed: 7,
  prefix: "sim",
};

const pair: Pair = ["alice", "bob"];

function added(clientCmd = "friend_add", pairs: Pair[] = [pair]): Change {
  const how = { initiatorId: "alice", clientCmd, adminId: "", forced: false };
  return { table: "friends", type: "added", pairs, ...how };
}

function deleted(pairs: Pair[] = [pair]): Change {
  return { table: "friends", type: "deleted", pairs, old: false };
}

function blacklisted(type: "added" | "deleted", pairs: Pair[] = [pair]): Change {
  return { table: "blacklist", type, pairs };
}

function step(at: number, change: Change, duplicate = false): Step {
  return { at, happening: { questions: [], changes: [change] }, duplicate };
}

function asking(at: number, applicantId: string): Step {
  const questions = [{ type: "request" as const, applicantId, responderIds: ["alice"] }];
  return { at, happening: { questions, changes: [] }, duplicate: false };
}

const changesIn = (steps: readonly Step[]) => steps.flatMap(({ happening }) => happening.changes);
const questionsIn = (steps: readonly Step[]) =>
  steps.flatMap(({ happening }) => happening.questions);

const inOrder = (options: Partial<PlanOptions> = {}) =>
  planOf({ ...OPTIONS, duplicatesPercent: 0, reorderPercent: 0, ...options });

const told = (steps: readonly Step[]): Outcome[] => steps.map(() => "told");

describe("the plan", () => {
  it("is the same for the same seed, and another for another", ({ expect }) => {
    expect(planOf(OPTIONS)).toEqual(planOf({ ...OPTIONS }));
    expect(planOf(OPTIONS)).not.toEqual(planOf({ ...OPTIONS, seed: 8 }));
  });

  it("holds every event once, in its order, where nothing is repeated or late", ({ expect }) => {
    const steps = planOf({ ...OPTIONS, duplicatesPercent: 0, reorderPercent: 0 });
    expect(steps.map(({ at }) => at)).toEqual(Array.from({ length: 2_000 }, (_, at) => at));
  });

  it("repeats changes behind their originals, and lets others come late", ({ expect }) => {
    const steps = planOf(OPTIONS);
    const originals = steps.filter(({ duplicate }) => !duplicate);
    const duplicates = steps.filter(({ duplicate }) => duplicate);
    expect(originals.map(({ at }) => at).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 2_000 }, (_, at) => at),
    );
    expect(duplicates.length).toBeGreaterThan(2_000 * 0.03);
    expect(duplicates.length).toBeLessThan(2_000 * 0.07);
    for (const duplicate of duplicates) {
      const original = originals.find(({ at }) => at === duplicate.at);
      expect(steps.indexOf(duplicate)).toBeGreaterThan(steps.indexOf(original as Step));
    }
    expect(originals.filter(({ at }, index) => at < index).length).toBeGreaterThan(100);
  });

  it("has every shape that the protocol has", ({ expect }) => {
    const changes = changesIn(planOf(OPTIONS)).filter(({ table }) => table === "friends");
    const additions = changes.filter((change) => "clientCmd" in change);
    const deletions = changes.filter((change) => "old" in change);
    expect(new Set(additions.map(({ clientCmd }) => clientCmd))).toEqual(
      new Set(["friend_add", "FriendAdd", "friend_response", "FriendResponse"]),
    );
    expect(additions.some(({ pairs }) => pairs.length === 1)).toBe(true);
    expect(additions.some(({ pairs }) => pairs.length === 2)).toBe(true);
    expect(additions.some(({ forced, adminId }) => forced && adminId === "administrator")).toBe(
      true,
    );
    expect(deletions.some(({ old }) => old)).toBe(true);
    expect(Math.max(...deletions.map(({ pairs }) => pairs.length))).toBeGreaterThan(20);
  });

  it("asks before it tells, of several at once too, and nobody of a pair that is apart", ({
    expect,
  }) => {
    const apart = new Set<string>();
    const requests = { alone: 0, several: 0, answered: 0, added: 0 };
    for (const { happening } of inOrder()) {
      const [first, ...rest] = happening.questions;
      if (first !== undefined) expect(first.type).toBe("request");
      for (const question of rest) expect(question.type).toBe("response");
      const asked = first?.type === "request" ? first.responderIds : [];
      for (const responder of asked) {
        expect(responder).not.toBe(first?.applicantId);
        expect(apart.has(pairKey([responder, first?.applicantId ?? ""]))).toBe(false);
      }
      if (asked.length > 1) requests.several += 1;
      if (rest.length > 0) requests.answered += 1;
      else if (asked.length > 0) requests[happening.changes.length > 0 ? "added" : "alone"] += 1;
      for (const { table, type, pairs } of happening.changes) {
        if (table !== "blacklist") continue;
        for (const [user, other] of pairs) {
          for (const key of [pairKey([user, other]), pairKey([other, user])]) {
            if (type === "added") apart.add(key);
            else apart.delete(key);
          }
        }
      }
    }
    expect(Object.values(requests).every((count) => count > 20)).toBe(true);
  });

  it("deletes the friendship, in both directions, with a user that is blacklisted", ({
    expect,
  }) => {
    const friends = new Set<string>();
    const orders = new Set<string>();
    for (const { happening } of inOrder()) {
      const { changes } = happening;
      const blacklisting = changes.find(
        ({ table, type }) => table === "blacklist" && type === "added",
      );
      const deleted = changes.find(({ table, type }) => table === "friends" && type === "deleted");
      if (blacklisting) {
        const both = blacklisting.pairs.flatMap(([user, other]) => [
          pairKey([user, other]),
          pairKey([other, user]),
        ]);
        expect(new Set(deleted?.pairs.map(pairKey))).toEqual(
          new Set(both.filter((key) => friends.has(key))),
        );
        orders.add(changes.map(({ table }) => table).join());
      }
      for (const change of changes.filter(({ table }) => table === "friends")) {
        for (const key of change.pairs.map(pairKey)) {
          if (change.type === "added") friends.add(key);
          else friends.delete(key);
        }
      }
    }
    expect(orders).toEqual(new Set(["blacklist", "blacklist,friends", "friends,blacklist"]));
  });

  it.for(["friends", "blacklist"] as const)(
    "tells only of what changes in the %s, were everything to arrive in its order",
    (table, { expect }) => {
      const there = new Set<string>();
      for (const change of changesIn(inOrder()).filter((change) => change.table === table)) {
        for (const changed of change.pairs) {
          const key = pairKey(changed);
          expect(changed[0]).not.toBe(changed[1]);
          expect(there.has(key)).toBe(change.type === "deleted");
          if (there.has(key)) there.delete(key);
          else there.add(key);
        }
      }
      expect(there.size).toBeGreaterThan(10);
    },
  );

  it("lets each spammer ask others, one by one and over the whole run, and changes nothing else", ({
    expect,
  }) => {
    const steps = inOrder({ spammers: 3, requestsEach: 40 });
    const spam = steps.filter(({ happening }) => happening.isSpam);
    const others = steps.filter(({ happening }) => !happening.isSpam);
    expect(others.map(({ happening }) => happening)).toEqual(
      inOrder().map(({ happening }) => happening),
    );
    const byUser = Map.groupBy(questionsIn(spam), ({ applicantId }) => applicantId);
    const everybody = people("sim", 53);
    expect([...byUser.keys()].toSorted()).toEqual(everybody.slice(50).toSorted());
    for (const asked of byUser.values()) {
      const responders = asked.flatMap((question) =>
        question.type === "request" ? question.responderIds : [],
      );
      expect(new Set(responders).size).toBe(40);
      expect(responders.every((responder) => everybody.indexOf(responder) < 50)).toBe(true);
    }
    const places = spam.map((each) => steps.indexOf(each));
    expect(places[0]).toBeLessThan(200);
    expect(places.at(-1)).toBeGreaterThan(1_900);
  });

  it("plays users whose ids are different, within 32 bytes, and of every kind", ({ expect }) => {
    const ids = people("sim", 100_000);
    expect(new Set(ids).size).toBe(100_000);
    expect(ids.every((id) => id.startsWith("sim") && Buffer.byteLength(id) <= 32)).toBe(true);
    for (const part of [":", " ", "administrator", "@TLS#", "小明", "%2F", "'", '"', "\\"]) {
      expect(ids.some((id) => id.includes(part))).toBe(true);
    }
  });
});

describe("the truth", () => {
  it("is what arrived last: a duplicate behind a deletion adds again", ({ expect }) => {
    const steps = [step(0, added()), step(1, deleted()), step(0, added(), true)];
    expect(truthOf("friends", steps, told(steps)).get(pairKey(pair))).toMatchObject({
      state: "there",
    });
    expect(misledPairs("friends", steps, told(steps))).toBe(1);
    expect(misledPairs("friends", steps.slice(0, 2), told(steps.slice(0, 2)))).toBe(0);
  });

  it("spells both documented commands in one way", ({ expect }) => {
    const sourceAfter = (clientCmd: string) => {
      const truth = truthOf("friends", [step(0, added(clientCmd))], ["told"]).get(pairKey(pair));
      return truth?.state === "there" ? truth.attributes?.source : undefined;
    };
    expect(["FriendAdd", "friend_add"].map(sourceAfter)).toEqual(["friend_add", "friend_add"]);
    expect(["FriendResponse", "friend_response"].map(sourceAfter)).toEqual([
      "friend_response",
      "friend_response",
    ]);
  });

  it("holds nothing of what was prevented", ({ expect }) => {
    expect(truthOf("friends", [step(0, added())], ["blocked"]).size).toBe(0);
  });

  it("does not know a pair of which one callback was not answered, whatever follows", ({
    expect,
  }) => {
    const steps = [step(0, added()), step(1, deleted()), step(2, added())];
    expect(truthOf("friends", steps, ["told", "unsure", "told"]).get(pairKey(pair))).toEqual({
      state: "unsure",
    });
  });
});

describe("the truth about blacklists", () => {
  it("is kept apart from that about friends", ({ expect }) => {
    const both: Happening = { questions: [], changes: [deleted(), blacklisted("added")] };
    const steps = [step(0, added()), { at: 1, happening: both, duplicate: false }];
    const stateOf = (table: Table) => truthOf(table, steps, told(steps)).get(pairKey(pair));
    expect(stateOf("friends")).toEqual({ state: "deleted" });
    expect(stateOf("blacklist")).toEqual({ state: "there", attributes: null });
  });

  it("is what arrived last, too", ({ expect }) => {
    const steps = [
      step(0, blacklisted("added")),
      step(1, blacklisted("deleted")),
      step(0, blacklisted("added"), true),
    ];
    expect(truthOf("blacklist", steps, told(steps)).get(pairKey(pair))?.state).toBe("there");
    expect(misledPairs("blacklist", steps, told(steps))).toBe(1);
    expect(misledPairs("friends", steps, told(steps))).toBe(0);
  });
});

const verdict = (responderId: string, code: number | undefined, more: Partial<Verdict> = {}) => ({
  ...{ type: "request" as const, applicantId: "bob", responderId, code, isSpam: false },
  ...more,
});
const record = (responderId: string, code: number, more: Partial<Recorded> = {}): Recorded => ({
  ...{ type: "request", applicantId: "bob", responderId, code, atMs: 0, isObserved: false },
  ...more,
});

describe("the record", () => {
  const answered = [verdict("a", 0), verdict("a", 0), verdict("b", 38_000)];
  const stored = [record("a", 0), record("a", 0), record("b", 38_000)];

  it.for<[string, RecordMode, Verdict[], Recorded[], unrecorded: number, invented: number]>([
    ["as it must be", "all", answered, stored, 0, 0],
    ["with one of two missing", "all", answered, stored.slice(1), 1, 0],
    ["with one twice", "all", answered, [...stored, record("a", 0)], 0, 1],
    ["with another code", "all", answered.slice(2), [record("b", 0)], 1, 1],
    [
      "of the other kind",
      "all",
      answered.slice(2),
      [{ ...record("b", 38_000), type: "response" }],
      1,
      1,
    ],
    ["without what nobody knows", "all", [verdict("a", 0), verdict("a", undefined)], [], 0, 0],
    ["of what was refused", "blocked", answered, stored.slice(2), 0, 0],
    ["of what was refused, without it", "blocked", answered, [], 1, 0],
    [
      "of what was refused or observed",
      "blocked",
      answered,
      [...stored.slice(2), record("c", 0, { isObserved: true })],
      0,
      0,
    ],
    ["of nothing", "none", answered, [], 0, 0],
    ["of nothing, with something", "none", answered, stored.slice(1), 0, 2],
  ])("%s", ([, mode, verdicts, recorded, unrecorded, invented], { expect }) => {
    expect(compareRecord(verdicts, recorded, mode)).toEqual({
      recorded: recorded.length,
      unrecorded,
      invented,
    });
  });
});

describe("the report about spammers", () => {
  const spam = (applicantId: string, ...codes: (number | undefined)[]) =>
    codes.map((code, n) => verdict(`r${n}`, code, { applicantId, isSpam: true }));

  it("says who was refused, after how many requests, and whom it hit by mistake", ({ expect }) => {
    const verdicts = [
      ...spam("s1", 0, 0, 38_000, 38_000),
      ...spam("s2", 0, undefined, 0, 38_000),
      ...spam("s3", 0, 0, 0, 0),
      ...spam("s4", 38_000, 0, 0, 0),
      verdict("a", 0, { applicantId: "bob" }),
      verdict("b", 38_000, { applicantId: "bob" }),
      verdict("c", 0, { applicantId: "carol" }),
      // Only requests count.
      verdict("bob", 38_000, { applicantId: "dave", type: "response" }),
    ];
    expect(spamReport(verdicts, [], "all")).toEqual({
      ...{ spammers: 4, spamRequests: 16, otherUsers: 2, otherRequests: 3 },
      refused: {
        ...{ spammers: 3, spamRequests: 4, otherUsers: 1, otherRequests: 1 },
        passedBefore: { least: 0, median: 2, most: 3 },
      },
      observed: {
        ...{ spammers: 0, spamRequests: 0, otherUsers: 0, otherRequests: 0 },
        passedBefore: null,
      },
    });
  });

  it("has what was only observed from the record, in the order of its times", ({ expect }) => {
    const verdicts = [...spam("s1", 0, 0, 0), verdict("a", 0)];
    const recorded = [
      record("r2", 0, { applicantId: "s1", atMs: 3, isObserved: true }),
      record("r0", 0, { applicantId: "s1", atMs: 1 }),
      record("r1", 0, { applicantId: "s1", atMs: 2 }),
      record("a", 0, { atMs: 2, isObserved: true }),
    ];
    const hit = { spammers: 1, spamRequests: 1, otherUsers: 1, otherRequests: 1 };
    expect(spamReport(verdicts, recorded, "all").observed).toEqual({
      ...hit,
      passedBefore: { least: 2, median: 2, most: 2 },
    });
    // What passed before is not in this record.
    expect(spamReport(verdicts, recorded, "blocked").observed).toEqual({
      ...hit,
      passedBefore: null,
    });
  });
});

describe("the comparison", () => {
  const steps = [
    step(0, added("friend_add", [["a", "b"]])),
    step(1, added("friend_add", [["a", "gone"]])),
    step(2, deleted([["a", "gone"]])),
    step(3, added("friend_add", [["a", "unsure"]])),
  ];
  const truth = truthOf("friends", steps, ["told", "told", "told", "unsure"]);
  const stored = (friend: string, source = "friend_add"): Stored => ({
    pair: ["a", friend],
    attributes: { initiatorId: "alice", source, adminId: null, forced: false },
  });
  const none = { missing: [], extra: [], stale: [], unsure: 1 };

  it.for([
    ["equal tables", [stored("b")], none],
    ["a friend who is not there", [], { ...none, missing: [["a", "b"]] }],
    ["one nobody spoke of", [stored("b"), stored("x")], { ...none, extra: [["a", "x"]] }],
    ["one deleted since", [stored("b"), stored("gone")], { ...none, stale: [["a", "gone"]] }],
    ["other attributes", [stored("b", "friend_response")], { ...none, stale: [["a", "b"]] }],
    ["a pair that is unsure", [stored("b"), stored("unsure")], none],
  ] as const)("of %s", ([, rows, expected], { expect }) => {
    expect(compare(truth, rows)).toEqual(expected);
  });
});

describe("a run", () => {
  const keysOf = ({ changes, questions }: Happening) => [
    ...changes.flatMap(({ table, pairs }) => pairs.map((pair) => table + pairKey(pair))),
    ...questions.flatMap(({ type, applicantId }) => (type === "request" ? [applicantId] : [])),
  ];

  it("never has two callbacks of one pair, or two requests of a user, under way, and keeps their order", async ({
    expect,
  }) => {
    const steps = planOf({ ...OPTIONS, users: 8, events: 400 });
    const underWay = new Map<string, Step>();
    const arrived = new Map<string, number[]>();
    let most = 0;
    const outcomes = await run(steps, {
      rate: 1_000_000,
      concurrency: 32,
      async send(sent) {
        const keys = keysOf(sent.happening);
        for (const key of keys) {
          expect(underWay.has(key)).toBe(false);
          underWay.set(key, sent);
          arrived.set(key, [...(arrived.get(key) ?? []), steps.indexOf(sent)]);
        }
        most = Math.max(most, new Set(underWay.values()).size);
        await new Promise((resolve) => setTimeout(resolve, (sent.at * 7) % 5));
        for (const key of keys) underWay.delete(key);
        return "told";
      },
    });
    expect(outcomes).toEqual(told(steps));
    expect(most).toBeGreaterThan(1);
    for (const order of arrived.values()) {
      expect(order).toEqual(order.toSorted((a, b) => a - b));
    }
  });

  it("lets a pair's rows of two tables overlap, and the requests of two users", async ({
    expect,
  }) => {
    const steps = [
      step(0, added()),
      step(1, blacklisted("added")),
      asking(2, "bob"),
      asking(3, "carol"),
    ];
    let underWay = 0;
    let all = () => {};
    const allAtOnce = new Promise<void>((resolve) => {
      all = resolve;
    });
    await run(steps, {
      rate: 1_000_000,
      concurrency: 8,
      async send() {
        underWay += 1;
        if (underWay === steps.length) all();
        await allAtOnce;
        return "told";
      },
    });
    expect(underWay).toBe(4);
  });

  it("does not repeat what was prevented", async ({ expect }) => {
    const sent: Step[] = [];
    const steps = [step(0, added()), step(0, added(), true), step(1, deleted())];
    const outcomes = await run(steps, {
      rate: 1_000,
      concurrency: 8,
      async send(one) {
        sent.push(one);
        return one.at === 0 ? "blocked" : "told";
      },
    });
    expect(sent).toEqual([steps[0], steps[2]]);
    expect(outcomes).toEqual(["blocked", "blocked", "told"]);
  });
});

describe("latency", () => {
  it("is given by the nearest rank", ({ expect }) => {
    const durations = Array.from({ length: 200 }, (_, index) => 200 - index);
    expect(latencyOf(durations)).toEqual({ p50: 100, p95: 190, p99: 198, max: 200 });
    expect(latencyOf([3])).toEqual({ p50: 3, p95: 3, p99: 3, max: 3 });
    expect(latencyOf([])).toBeUndefined();
  });
});
