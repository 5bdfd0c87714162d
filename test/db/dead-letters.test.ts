import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import {
  type DeadLetter,
  removeSettledDeadLetters,
  selectDeadLetters,
  settleDeadLetters,
  storeDeadLetters,
  waitingDeadLetters,
} from "../../src/db/dead-letters.ts";
import { redrive } from "../../src/db/redrive.ts";
import { oneDatabase } from "../support/databases.ts";
import { faultyDatabase } from "../support/faults.ts";
import { storedDeadLetters } from "../support/worker.ts";

const db = env.DB;

function letter(id: string, overrides: Partial<DeadLetter> = {}): DeadLetter {
  return { id, attempts: 100, reason: "exhausted", body: { v: 1 }, ...overrides };
}

function letters(count: number): DeadLetter[] {
  return Array.from({ length: count }, (_, index) => letter(String(index).padStart(5, "0")));
}

describe("a row of dead_letters", () => {
  const row = {
    id: "1",
    first_at: 1,
    last_at: 1,
    attempts: 1,
    reason: "exhausted",
    body: "{}",
    status: "waiting",
    settled_at: null as number | null,
  };

  it.for([
    ["dead_letters_id_not_empty", { ...row, id: "" }],
    ["dead_letters_reason_not_empty", { ...row, reason: "" }],
    ["dead_letters_attempts_positive", { ...row, attempts: 0 }],
    ["dead_letters_first_before_last", { ...row, first_at: 2 }],
    ["dead_letters_body_is_json", { ...row, body: "not JSON" }],
    ["dead_letters_status_known", { ...row, status: "lost", settled_at: 1 }],
    ["dead_letters_settled_or_waiting", { ...row, settled_at: 1 }],
    ["dead_letters_settled_or_waiting", { ...row, status: "redriven" }],
  ] as const)("is refused by %s: %o", async ([constraint, bad], { expect }) => {
    const columns = Object.keys(bad);
    const insert = db
      .prepare(
        `INSERT INTO dead_letters (${columns}) VALUES (${columns.map((_, at) => `?${at + 1}`)})`,
      )
      .bind(...Object.values(bad));
    await expect(insert.run()).rejects.toThrow(constraint);
  });

  it.for([
    ["walks_name_not_empty", "", "[]"],
    ["walks_position_is_array", "tombstones", "{}"],
    ["walks_position_is_array", "tombstones", "not JSON"],
  ] as const)("is, of walks, refused by %s", async ([constraint, name, position], { expect }) => {
    const insert = db.prepare("INSERT INTO walks VALUES (?1, ?2)").bind(name, position);
    await expect(insert.run()).rejects.toThrow(constraint);
  });
});

describe("dead letters", () => {
  it("stored twice are one row, with the first time and the last", async ({ expect }) => {
    await storeDeadLetters(db, [letter("1", { attempts: 3 })], 1_000);
    await storeDeadLetters(db, [letter("1", { attempts: 4, reason: "malformed" })], 2_000);
    expect(await storedDeadLetters()).toEqual([
      {
        id: "1",
        first_at: 1_000,
        last_at: 2_000,
        attempts: 4,
        reason: "exhausted",
        body: '{"v":1}',
        status: "waiting",
        settled_at: null,
      },
    ]);
  });

  it("stored again by a clock that is behind keep the last time and the most tries", async ({
    expect,
  }) => {
    await storeDeadLetters(db, [letter("1", { attempts: 3 })], 1_000);
    await storeDeadLetters(db, [letter("1", { attempts: 9 })], 3_000);
    await storeDeadLetters(db, [letter("1", { attempts: 4 })], 2_000);
    expect(await storedDeadLetters()).toMatchObject([
      { first_at: 1_000, last_at: 3_000, attempts: 9 },
    ]);
  });

  it.for<[body: unknown, stored: string]>([
    [undefined, '"undefined"'],
    [Symbol("odd"), '"Symbol(odd)"'],
    [10n, '"10"'],
    [Number.NaN, "null"],
  ])("keep a body that is no JSON as text: %s", async ([body, stored], { expect }) => {
    await storeDeadLetters(db, [letter("1", { body })], 1_000);
    expect(await storedDeadLetters()).toMatchObject([{ body: stored }]);
  });

  it("keep a body that is nested deeper than SQLite reads as a text, beside the others", async ({
    expect,
  }) => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const bodies = [nested(1_000), nested(1_001), nested(1_500)].map((text) => JSON.parse(text));
    await storeDeadLetters(
      db,
      bodies.map((body, index) => letter(String(index), { body })),
      1_000,
    );
    expect((await storedDeadLetters()).map(({ body }) => body)).toEqual([
      nested(1_000),
      JSON.stringify(nested(1_001)),
      JSON.stringify(nested(1_500)),
    ]);
  });

  it("keep an object that has no text, beside the others", async ({ expect }) => {
    const body: Record<string, unknown> = { toString: 1 };
    body.itself = body;
    await storeDeadLetters(db, [letter("1", { body }), letter("2")], 1_000);
    expect(await storedDeadLetters()).toMatchObject([{ body: '"[object Object]"' }, { id: "2" }]);
  });

  it("stay settled when the queue delivers them once more", async ({ expect }) => {
    await storeDeadLetters(db, [letter("1")], 1_000);
    await settleDeadLetters(db, ["1"], "discarded", 2_000);
    await storeDeadLetters(db, [letter("1")], 3_000);
    expect(await storedDeadLetters()).toMatchObject([
      { last_at: 3_000, status: "discarded", settled_at: 2_000 },
    ]);
  });

  it("are settled once: what came of them first stays", async ({ expect }) => {
    await storeDeadLetters(db, [letter("1"), letter("2")], 1_000);
    await settleDeadLetters(db, ["1"], "discarded", 2_000);
    await settleDeadLetters(db, ["1", "none"], "redriven", 3_000);
    expect(await storedDeadLetters()).toMatchObject([
      { id: "1", status: "discarded", settled_at: 2_000 },
      { id: "2", status: "waiting", settled_at: null },
    ]);
  });

  it("of a full batch of the largest messages are stored in one statement", async ({ expect }) => {
    const counted = faultyDatabase(db, () => undefined);
    const body = "x".repeat(127_000);
    await storeDeadLetters(
      counted,
      letters(100).map((one) => ({ ...one, body })),
      1_000,
    );
    expect(counted.statements).toBe(1);
    expect(await waitingDeadLetters(db, 1_000)).toEqual({ depth: 100, oldestAgeSeconds: 0 });
    expect((await storedDeadLetters())[99]?.body).toBe(JSON.stringify(body));
  });

  it("that wait are counted, and the oldest one's age told", async ({ expect }) => {
    expect(await waitingDeadLetters(db, 9_000)).toEqual({ depth: 0, oldestAgeSeconds: 0 });
    await storeDeadLetters(db, [letter("settled")], 1_000);
    await settleDeadLetters(db, ["settled"], "discarded", 1_500);
    await storeDeadLetters(db, [letter("first")], 2_000);
    await storeDeadLetters(db, [letter("second")], 3_000);
    expect(await waitingDeadLetters(db, 9_999)).toEqual({ depth: 2, oldestAgeSeconds: 7 });
  });

  it("are not older than now, though they were stored by a clock that is ahead", async ({
    expect,
  }) => {
    await storeDeadLetters(db, [letter("1")], 60_000);
    expect(await waitingDeadLetters(db, 1_000)).toEqual({ depth: 1, oldestAgeSeconds: 0 });
  });

  it("cost a redrive no statement where none of them can be applied", async ({ expect }) => {
    await storeDeadLetters(
      db,
      [letter("1"), letter("2", { body: { v: 2 } }), letter("3", { body: {} })],
      1_000,
    );
    const counted = faultyDatabase(db, () => undefined);
    const selected = await selectDeadLetters(db, {}, 10);
    const outcomes = await redrive(oneDatabase(counted), selected, {
      oldestMs: 0,
      nowMs: 2_000,
      isChecked: false,
    });
    expect([...outcomes]).toEqual([
      ["1", "unknown"],
      ["2", "unknown"],
      ["3", "malformed"],
    ]);
    expect(counted.statements).toBe(0);
  });

  it("are counted up to a limit: /health reads no more rows than that", async ({ expect }) => {
    const all = letters(10_500);
    await storeDeadLetters(db, all, 1_000);
    await settleDeadLetters(
      db,
      all.slice(0, 100).map(({ id }) => id),
      "discarded",
      1_000,
    );
    let rowsRead = 0;
    const watched = {
      prepare: (sql: string) => ({
        bind: (...values: unknown[]) => ({
          async first() {
            const { results, meta } = await db
              .prepare(sql)
              .bind(...values)
              .all();
            rowsRead += meta.rows_read;
            return results[0];
          },
        }),
      }),
    } as unknown as D1Database;
    expect((await waitingDeadLetters(watched, 1_000)).depth).toBe(10_000);
    expect(rowsRead).toBeLessThanOrEqual(20_001);
  });

  it.for([
    ["all", {}, ["1", "2", "3"]],
    ["by id", { ids: ["3", "1", "none"] }, ["1", "3"]],
    ["since", { sinceMs: 2_000 }, ["2", "3"]],
    ["until, which is not included", { untilMs: 3_000 }, ["1", "2"]],
    ["between", { sinceMs: 2_000, untilMs: 3_000 }, ["2"]],
    ["waiting", { status: "waiting" }, ["1", "2"]],
    ["discarded", { status: "discarded" }, ["3"]],
    ["none", { ids: [] }, []],
  ] as const)("are selected: %s", async ([, selection, ids], { expect }) => {
    for (const id of ["1", "2", "3"]) await storeDeadLetters(db, [letter(id)], Number(id) * 1_000);
    await settleDeadLetters(db, ["3"], "discarded", 9_000);
    const selected = await selectDeadLetters(db, selection, 10);
    expect(selected.map(({ id }) => id)).toEqual(ids);
  });

  it("are selected page by page, none twice and none left out", async ({ expect }) => {
    await storeDeadLetters(db, letters(25), 1_000);
    const ids: string[] = [];
    for (let page = await selectDeadLetters(db, {}, 10); page.length > 0; ) {
      ids.push(...page.map(({ id }) => id));
      page = await selectDeadLetters(db, {}, 10, page.at(-1));
    }
    expect(ids).toEqual(letters(25).map(({ id }) => id));
  });

  it("are removed when they have been settled long enough, the oldest first, so many at once", async ({
    expect,
  }) => {
    await storeDeadLetters(db, letters(6), 0);
    for (const index of [0, 1, 2, 3]) {
      await settleDeadLetters(db, [`0000${index}`], "redriven", index * 1_000);
    }
    const bounds = { beforeMs: 3_000, maxRows: 2 };
    expect(await removeSettledDeadLetters(db, bounds)).toBe(2);
    expect(await removeSettledDeadLetters(db, bounds)).toBe(1);
    expect(await removeSettledDeadLetters(db, bounds)).toBe(0);
    expect((await storedDeadLetters()).map(({ id }) => id)).toEqual(["00003", "00004", "00005"]);
  });
});
