import { describe, it } from "vitest";
import { latencyOf } from "../../tools/lib/latency.ts";
import { compare, type Stored } from "../../tools/simulate/compare.ts";
import type { Change } from "../../tools/simulate/life.ts";
import { people } from "../../tools/simulate/people.ts";
import { type PlanOptions, planOf, type Step } from "../../tools/simulate/plan.ts";
import { run } from "../../tools/simulate/run.ts";
import { misledPairs, type Outcome, pairKey, truthOf } from "../../tools/simulate/truth.ts";
import type { Pair } from "../../tools/tencent/bodies.ts";

const OPTIONS: PlanOptions = {
  users: 50,
  events: 2_000,
  duplicatesPercent: 5,
  reorderPercent: 10,
  seed: 7,
  prefix: "sim",
};

const pair: Pair = ["alice", "bob"];

function added(clientCmd = "friend_add", pairs: Pair[] = [pair]): Change {
  return { type: "added", pairs, initiatorId: "alice", clientCmd, adminId: "", forced: false };
}

function deleted(pairs: Pair[] = [pair]): Change {
  return { type: "deleted", pairs, old: false };
}

function step(at: number, change: Change | undefined, duplicate = false): Step {
  return { at, happening: change === undefined ? {} : { change }, duplicate };
}

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
    const changes = planOf(OPTIONS).flatMap(({ happening }) => happening.change ?? []);
    const additions = changes.filter((change) => change.type === "added");
    const deletions = changes.filter((change) => change.type === "deleted");
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

  it("tells only of what changes, were everything to arrive in its order", ({ expect }) => {
    const friends = new Set<string>();
    for (const { happening } of planOf({ ...OPTIONS, duplicatesPercent: 0, reorderPercent: 0 })) {
      for (const changed of happening.change?.pairs ?? []) {
        const key = pairKey(changed);
        expect(changed[0]).not.toBe(changed[1]);
        expect(friends.has(key)).toBe(happening.change?.type === "deleted");
        if (friends.has(key)) friends.delete(key);
        else friends.add(key);
      }
    }
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
    expect(truthOf(steps, told(steps)).get(pairKey(pair))).toMatchObject({ state: "friends" });
    expect(misledPairs(steps, told(steps))).toBe(1);
    expect(misledPairs(steps.slice(0, 2), told(steps.slice(0, 2)))).toBe(0);
  });

  it("spells both documented commands in one way", ({ expect }) => {
    const sourceAfter = (clientCmd: string) => {
      const truth = truthOf([step(0, added(clientCmd))], ["told"]).get(pairKey(pair));
      return truth?.state === "friends" ? truth.attributes.source : undefined;
    };
    expect(["FriendAdd", "friend_add"].map(sourceAfter)).toEqual(["friend_add", "friend_add"]);
    expect(["FriendResponse", "friend_response"].map(sourceAfter)).toEqual([
      "friend_response",
      "friend_response",
    ]);
  });

  it("holds nothing of what was prevented", ({ expect }) => {
    expect(truthOf([step(0, added())], ["blocked"]).size).toBe(0);
  });

  it("does not know a pair of which one callback was not answered, whatever follows", ({
    expect,
  }) => {
    const steps = [step(0, added()), step(1, deleted()), step(2, added())];
    expect(truthOf(steps, ["told", "unsure", "told"]).get(pairKey(pair))).toEqual({
      state: "unsure",
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
  const truth = truthOf(steps, ["told", "told", "told", "unsure"]);
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
  it("never has two callbacks of one pair under way, and keeps their order", async ({ expect }) => {
    const steps = planOf({ ...OPTIONS, users: 8, events: 400 });
    const underWay = new Map<string, Step>();
    const arrived = new Map<string, number[]>();
    let most = 0;
    const outcomes = await run(steps, {
      rate: 1_000_000,
      concurrency: 32,
      async send(sent) {
        const keys = sent.happening.change?.pairs.map(pairKey) ?? [];
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
