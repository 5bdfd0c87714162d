import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, it, vi } from "vitest";
import { decisions, history, ruleEffects } from "../../src/api/moderation-answers.ts";
import { userRules } from "../../src/api/rule-answers.ts";
import { encodeToken } from "../../src/api/tokens.ts";
import { buildKey } from "../../src/blocklist/key.ts";
import { addUpHours, removeOldHours } from "../../src/db/decided/history.ts";
import { recordDecided } from "../../src/db/decided/record.ts";
import { REQUESTS, RESPONSES } from "../../src/db/decided/tables.ts";
import { ask } from "../support/api.ts";
import { countedDb } from "../support/counted.ts";
import { RECORDS, requestsAt, responsesAt } from "../support/decided.ts";
import { slices } from "../support/sweep.ts";

const NOW = Date.UTC(2026, 10, 26, 12, 34, 56);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const get = async (path: string, overrides = {}) => {
  const response = await ask(path, { env: overrides });
  if (response.status !== 200) throw new Error(`${path}: ${response.status}`);
  return response.json();
};

describe("what the rules have done", () => {
  it("is counted by rule, in both records, since seven days", async ({ expect }) => {
    vi.setSystemTime(NOW);
    const [request] = requestsAt({ at: 1 }).requests;
    const item = (place: number, code: number, key: string | null, observed: string | null) =>
      [place, "bob", code, key && "user", key, observed] as NonNullable<typeof request>;
    await recordDecided(env.DB, REQUESTS, [
      {
        ...requestsAt({ at: NOW - 1 }),
        requests: [
          item(0, 38_000, "user:bob", null),
          item(1, 38_000, "user:bob", null),
          item(2, 0, null, "user:carol"),
          item(3, 0, "pair:a:b", null),
          item(4, 38_000, null, null),
          item(5, 0, null, null),
        ],
      },
      { ...requestsAt({ at: NOW - 7 * DAY }), requests: [item(0, 38_000, "user:old", null)] },
    ]);
    await recordDecided(env.DB, RESPONSES, [
      {
        ...responsesAt({ at: NOW - DAY }),
        responses: [
          [0, "bob", "Agree", 38_000, "user", "user:bob", null],
          [1, "bob", "Agree", 0, null, null, "user:bob"],
        ],
      },
    ]);
    expect(ruleEffects.parse(await get("/v1/rule-effects"))).toEqual({
      since: NOW - 7 * DAY,
      truncated: false,
      effects: [
        { key: "user:bob", refused: 3, observed: 1 },
        { key: "user:carol", refused: 0, observed: 1 },
      ],
    });
  });

  it("costs two statements that read the newest 50,000 rows, twice", async ({ expect }) => {
    vi.setSystemTime(NOW);
    await RECORDS[0].record(env.DB, { at: NOW - 2, count: 50_010, refused: 1_001 });
    const db = countedDb(env.DB);
    const told = ruleEffects.parse(await get("/v1/rule-effects", { DB: db.binding }));
    // The first of an event are the oldest.
    expect(told).toMatchObject({ truncated: true, effects: { length: 991 } });
    expect(db.count.statements).toBe(2);
    expect(db.count.rowsRead).toBeLessThanOrEqual(100_010);
  });
});

describe("the history", () => {
  /** The newest refused, the one before observed, for both records, in each hour of three days. */
  async function recorded() {
    for (let hour = 0; hour < 72; hour++) {
      for (const { record } of RECORDS) {
        await record(env.DB, { at: NOW - hour * HOUR, count: 3, refused: 1 });
      }
    }
  }

  it("has sixty minutes, 48 hours or 30 days, zeros among them", async ({ expect }) => {
    vi.setSystemTime(NOW);
    await recorded();
    for (const isAddedUp of [false, true]) {
      if (isAddedUp) await addUpHours(env.DB, NOW, { sliceRows: 7, draw: slices(1_000) });
      for (const [by, step, count] of [
        ["minute", MINUTE, 60],
        ["hour", HOUR, 48],
        ["day", DAY, 30],
      ] as const) {
        const { buckets, truncated } = history.parse(await get(`/v1/history?by=${by}`));
        expect(truncated).toBe(false);
        const first = NOW - (NOW % step) - (count - 1) * step;
        expect(buckets.map(({ at }) => at)).toEqual(
          Array.from({ length: count }, (_, n) => first + n * step),
        );
        const hours = buckets.map(
          ({ at }) =>
            Array.from({ length: 72 }, (_, hour) => NOW - hour * HOUR).filter(
              (time) => time >= at && time < at + step,
            ).length,
        );
        expect(buckets.map(({ answered }) => answered)).toEqual(hours.map((n) => n * 6));
        expect(buckets.map(({ refused }) => refused)).toEqual(hours.map((n) => n * 2));
      }
    }
  });

  it("is the same whatever of it is added up, and in how many steps", async ({ expect }) => {
    vi.setSystemTime(NOW);
    const moment = fc.record({
      at: fc.integer({ min: NOW - 40 * HOUR, max: NOW }),
      count: fc.integer({ min: 1, max: 4 }),
      refused: fc.integer({ min: 0, max: 4 }),
      which: fc.constantFrom(0, 1),
    });
    const run = fc.record({
      nowMs: fc.integer({ min: NOW - 40 * HOUR, max: NOW }),
      sliceRows: fc.integer({ min: 1, max: 5 }),
      statements: fc.integer({ min: 0, max: 40 }),
    });
    let calls = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(moment, { minLength: 1, maxLength: 12 }),
        fc.array(run, { maxLength: 5 }),
        async (moments, runs) => {
          for (const table of ["friend_requests", "friend_responses", "decided_hours", "walks"]) {
            await env.DB.prepare(`DELETE FROM ${table}`).run();
          }
          for (const { which, ...each } of moments) {
            calls += 1;
            await RECORDS[which as 0 | 1].record(env.DB, { ...each, callId: `call${calls}` });
          }
          for (const { nowMs, sliceRows, statements } of runs) {
            let left = statements;
            const draw = (wanted: number) => {
              left -= wanted;
              return left >= 0;
            };
            await addUpHours(env.DB, nowMs, { sliceRows, draw });
          }
          const { buckets } = history.parse(await get("/v1/history?by=hour"));
          for (const { at, answered, refused } of buckets) {
            const own = moments.filter((each) => each.at >= at && each.at < at + HOUR);
            expect(answered).toBe(own.reduce((sum, { count }) => sum + count, 0));
            expect(refused).toBe(
              own.reduce((sum, each) => sum + Math.min(each.refused, each.count), 0),
            );
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  it("costs four statements, which read the hours and what is not added up", async ({ expect }) => {
    vi.setSystemTime(NOW);
    await recorded();
    await addUpHours(env.DB, NOW, { sliceRows: 100, draw: slices(1_000) });
    const db = countedDb(env.DB);
    await get("/v1/history?by=hour", { DB: db.binding });
    expect(db.count.statements).toBe(4);
    expect(db.count.rowsRead).toBeLessThanOrEqual(48 + 4 + 2 * 3 * 3);
    expect(db.count.rowsWritten).toBe(0);
  });

  it("says where more was recorded than it counts", async ({ expect }) => {
    vi.setSystemTime(NOW);
    await RECORDS[1].record(env.DB, { at: NOW - 2, count: 50_001 });
    const { truncated, buckets } = history.parse(await get("/v1/history?by=minute"));
    expect(truncated).toBe(true);
    expect(buckets.at(-1)?.answered).toBe(50_000);
  });

  it("forgets hours that are shown no more", async ({ expect }) => {
    await recorded();
    await addUpHours(env.DB, NOW, { sliceRows: 100, draw: slices(1_000) });
    expect(await removeOldHours(env.DB, NOW - 60 * HOUR)).toBe(12);
  });

  it.for(["", "?by=week", "?by=hour&since=1"])("%s is 400", async (query, { expect }) => {
    expect((await ask(`/v1/history${query}`)).status).toBe(400);
  });
});

describe("the decisions about a user", () => {
  const pagesOf = async (userId: string, overrides = {}) => {
    const found = [];
    const sizes: number[] = [];
    let before = "";
    for (;;) {
      const path = `/v1/users/${encodeURIComponent(userId)}/decisions${before}`;
      const page = decisions.parse(await get(path, overrides));
      found.push(...page.decisions);
      sizes.push(page.decisions.length);
      if (page.before === null) return { found, sizes };
      before = `?before=${page.before}`;
    }
  };

  it("are those in which the user has any role, of both records, the newest first", async ({
    expect,
  }) => {
    const places = [
      ["responderId", "responses"],
      ["applicantId", "requests"],
      ["requesterId", "responses"],
      ["requesterId", "requests"],
    ] as const;
    for (const [at, [role, what]] of places.entries()) {
      const moment = { at: at + 1, count: 1 };
      if (what === "responses")
        await recordDecided(env.DB, RESPONSES, [{ ...responsesAt(moment), [role]: "me" }]);
      else await recordDecided(env.DB, REQUESTS, [{ ...requestsAt(moment), [role]: "me" }]);
    }
    await recordDecided(env.DB, REQUESTS, [requestsAt({ at: 9, count: 3 })]);
    const { found } = await pagesOf("me");
    expect(found.map(({ at, type }) => [at, type])).toEqual([
      [4, "request"],
      [3, "response"],
      [2, "request"],
      [1, "response"],
    ]);
    expect(found[1]).toMatchObject({ action: "AgreeAndAdd", requesterId: "me" });
    expect((await pagesOf("to1")).found.map(({ at }) => at)).toEqual([9]);
    expect((await pagesOf("nobody")).found).toEqual([]);
  });

  it("are all found, each once, in whatever order both records were written", async ({
    expect,
  }) => {
    const moments = Array.from({ length: 120 }, (_, n) => ({
      at: 1 + ((n * 37) % 50),
      callId: `c${n}`,
    }));
    for (const [n, moment] of moments.entries()) {
      await RECORDS[(n % 2) as 0 | 1].record(env.DB, { ...moment, count: 5 });
    }
    const { found, sizes } = await pagesOf("alice");
    expect(found).toHaveLength(600);
    expect(new Set(found.map(({ id, type }) => `${type} ${id}`)).size).toBe(600);
    const times = found.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((one, other) => other - one));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200);
  });

  it("are looked for in 20,000 rows at once: an empty page goes on", async ({ expect }) => {
    await RECORDS[0].record(env.DB, { at: 1, count: 1 });
    await recordDecided(env.DB, RESPONSES, [
      { ...responsesAt({ at: 2, count: 20_500 }), responderId: "x", requesterId: "x" },
    ]);
    const db = countedDb(env.DB);
    const { found, sizes } = await pagesOf("alice", { DB: db.binding });
    expect(sizes).toEqual([0, 1]);
    expect(found.map(({ at }) => at)).toEqual([1]);
    expect(db.count.statements).toBe(4);
    expect(Math.max(...db.count.reads)).toBeLessThanOrEqual(60_010);
  });

  it("are not asked for with a token that is none", async ({ expect }) => {
    for (const before of ["nonsense", encodeToken([1]), encodeToken(["", "", 0])]) {
      expect((await ask(`/v1/users/a/decisions?before=${before}`)).status).toBe(400);
    }
  });
});

describe("the rules about a user", () => {
  it.for(["alice", "a:b", "好友", "<script>", "100%", "🙂"])(
    "called %s are found in every role",
    async (id, { expect }) => {
      const own = ["user", "responder", "applicant"].map((kind) => buildKey(kind as "user", [id]));
      const pairs = [
        buildKey("pair", [id, "bob"]),
        buildKey("pair", ["bob", id]),
        buildKey("pair", [id, id]),
      ];
      const others = [
        buildKey("user", [`${id}x`]),
        buildKey("user", [`x${id}`]),
        buildKey("pair", [`x${id}`, "bob"]),
        buildKey("pair", ["bob", `x${id}`]),
        buildKey("pair", [`${id}x`, "bob"]),
      ];
      for (const key of [...own, ...pairs, ...others]) await env.BLOCKLIST.put(key, "no");
      const answer = userRules.parse(await get(`/v1/users/${encodeURIComponent(id)}/rules`));
      expect(answer.incomplete).toBe(false);
      expect(answer.rules.map(({ key }) => key).toSorted()).toEqual([...own, ...pairs].toSorted());
      for (const rule of answer.rules) expect(rule).toMatchObject({ value: "no", problems: [] });
    },
  );

  it("are none where there are none, and of a name that no key can have", async ({ expect }) => {
    for (const id of ["nobody", "好".repeat(128)]) {
      const answer = await get(`/v1/users/${encodeURIComponent(id)}/rules`);
      expect(answer).toEqual({ rules: [], incomplete: false });
    }
  });

  it("are said to be incomplete where there are more pairs than are looked through", async ({
    expect,
  }) => {
    const list = vi.fn(async ({ prefix }: { prefix: string }) => ({
      keys: prefix === "pair:" ? [{ name: "pair:bob:alice" }] : [],
      ...(prefix === "pair:" ? { list_complete: false, cursor: "more" } : { list_complete: true }),
    }));
    const BLOCKLIST = {
      list,
      get: async (keys: string[]) => new Map(keys.map((key) => [key, "no"])),
    };
    const answer = userRules.parse(await get("/v1/users/alice/rules", { BLOCKLIST }));
    expect(answer.incomplete).toBe(true);
    expect(answer.rules.map(({ key }) => key)).toEqual(["pair:bob:alice"]);
    expect(list).toHaveBeenCalledTimes(3 + 1 + 10);
  });
});
