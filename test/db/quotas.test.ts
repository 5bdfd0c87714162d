import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { beginErasure } from "../../src/db/erasures.ts";
import { countRequests, noteQuotaRules, removeOldQuotas } from "../../src/db/quotas.ts";
import type { RequestsDecided } from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { countedDb } from "../support/counted.ts";
import { oneDatabase } from "../support/databases.ts";
import { slices } from "../support/sweep.ts";

const DAY_MS = 24 * 3_600 * 1_000;
const TODAY = Date.UTC(2026, 10, 25);
const NOW_MS = TODAY + DAY_MS / 2;
const DAY = TODAY / DAY_MS;

let calls = 0;
/** A callback of so many requests that were let through. */
function sent(applicantId: string, through = 1, at = NOW_MS): RequestsDecided {
  calls += 1;
  return {
    v: 1,
    type: "requests-decided",
    callId: `call${calls}`,
    at,
    eventTime: null,
    requesterId: null,
    clientIp: null,
    platform: null,
    requestId: null,
    applicantId,
    through,
    requests: [],
  };
}
const times = (count: number, applicantId: string) =>
  Array.from({ length: count }, () => sent(applicantId));

const count = (events: RequestsDecided[], { max = 3, nowMs = NOW_MS, db = env.DB } = {}) =>
  countRequests(db, events, { max, nowMs });
const over = (applicant_id: string, day = DAY) => ({ day, applicant_id });

async function all(table: string): Promise<Record<string, unknown>[]> {
  return (await env.DB.prepare(`SELECT * FROM ${table}`).all()).results;
}

describe("requests that were let through", () => {
  it("are over the number where there is one more", async ({ expect }) => {
    expect(await count(times(3, "bob"))).toEqual([]);
    expect(await count([...times(1, "carol"), ...times(1, "bob")])).toEqual([over("bob")]);
    expect(await count([sent("dave", 4)])).toEqual([over("dave")]);
  });

  it("count by user, whoever else sends some", async ({ expect }) => {
    const events = [...times(3, "bob"), ...times(3, "Bob"), ...times(3, "b'o")];
    expect(await count(events)).toEqual([]);
    expect(await count([sent("b'o")])).toEqual([over("b'o")]);
  });

  it("count by day, UTC, and by the time of their callback", async ({ expect }) => {
    const events = [sent("bob", 3, TODAY - 1), sent("bob", 3, TODAY), sent("bob", 1, TODAY - 2)];
    expect(await count(events)).toEqual([over("bob", DAY - 1)]);
  });

  it("count once, however often their message comes", async ({ expect }) => {
    const event = sent("bob", 2);
    // A large callback is several messages, each of which tells the number of all.
    expect(
      await count([event, event, { ...event, requests: [[0, "a", 0, null, null, null]] }]),
    ).toEqual([]);
    expect(await count([event, sent("bob", 1)])).toEqual([]);
    expect((await all("request_counts")).map((row) => row.count)).toEqual([2, 1]);
  });

  it("of none are no row", async ({ expect }) => {
    const db = countedDb(env.DB);
    expect(await count([sent("bob", 0)], { db: db.binding })).toEqual([]);
    expect(db.count.statements).toBe(0);
  });

  it("of who was given a rule are told again when it has ended, and not before", async ({
    expect,
  }) => {
    await count([sent("bob", 4)]);
    await noteQuotaRules(env.DB, [over("bob")], NOW_MS + 3_600_000);
    expect(await count([sent("bob")])).toEqual([]);
    expect(await count([sent("bob")], { nowMs: NOW_MS + 3_599_999 })).toEqual([]);
    expect(await count([sent("bob")], { nowMs: NOW_MS + 3_600_000 })).toEqual([over("bob")]);
    await noteQuotaRules(env.DB, [over("bob")], NOW_MS + 7_200_000);
    expect(await count([sent("bob")], { nowMs: NOW_MS + 3_600_000 })).toEqual([]);
    // Another day is another matter.
    expect(await count([sent("bob", 4, TODAY + DAY_MS)])).toEqual([over("bob", DAY + 1)]);
  });

  it("are told by each batch until a rule is noted", async ({ expect }) => {
    await count([sent("bob", 4)]);
    expect(await count([sent("bob")])).toEqual([over("bob")]);
  });

  it("of a batch cost two statements, a row for each callback, and the reads of who sent them", async ({
    expect,
  }) => {
    await count(Array.from({ length: 500 }, (_, index) => sent(`other${index}`)));
    await count(times(50, "bob"), { max: 100 });
    const db = countedDb(env.DB);
    await count([...times(10, "bob"), ...times(5, "carol")], { max: 100, db: db.binding });
    expect(db.count).toMatchObject({ statements: 2, rowsWritten: 15 });
    // The rows of the two, the batch as it is unfolded by each statement, and a look for a rule of each.
    expect(db.count.rowsRead).toBeLessThanOrEqual(65 + 2 * 15 + 4);
  });

  it("of who was given a rule are not added up any more", async ({ expect }) => {
    await count(times(500, "bob"));
    await noteQuotaRules(env.DB, [over("bob")], NOW_MS + 1);
    const db = countedDb(env.DB);
    expect(await count(times(1, "bob"), { db: db.binding })).toEqual([]);
    expect(db.count.rowsRead).toBeLessThanOrEqual(10);
  });

  it.for([
    [{ applicantId: "" }, "request_counts_applicant_id_not_empty"],
    [{ callId: "" }, "request_counts_call_id_not_empty"],
    [{ at: 1 }, "request_counts_day_positive"],
  ] as const)(
    "with %j are refused by %s, and the others with them",
    async ([odd, constraint], { expect }) => {
      const batch = count([sent("bob"), { ...sent("carol"), ...odd }]);
      await expect(batch).rejects.toThrow(constraint);
      expect(await all("request_counts")).toEqual([]);
    },
  );
});

describe("the counts of a day", () => {
  it("go after two days, and the rules that were given with them", async ({ expect }) => {
    const days = [0, 1, 2, 3, 4].map((ago) => NOW_MS - ago * DAY_MS);
    for (const at of days) await count([sent("bob", 1, at), sent("carol", 1, at)]);
    await noteQuotaRules(
      env.DB,
      [2, 3].map((ago) => over("bob", DAY - ago)),
      NOW_MS,
    );
    const sweep = {
      sliceRows: 2,
      get draw() {
        return slices(10);
      },
    };
    expect(await removeOldQuotas(env.DB, NOW_MS - 2 * DAY_MS, sweep)).toBe(4 + 1);
    expect(new Set((await all("request_counts")).map(({ day }) => day))).toEqual(
      new Set([DAY - 2, DAY - 1, DAY]),
    );
    expect(await all("quota_blocks")).toMatchObject([{ day: DAY - 2 }]);
  });

  it("go in slices that read what they remove, and leave the rest to the next run", async ({
    expect,
  }) => {
    await count(Array.from({ length: 9 }, (_, index) => sent(`user${index}`, 1, TODAY - DAY_MS)));
    await count(Array.from({ length: 500 }, (_, index) => sent(`user${index}`)));
    const db = countedDb(env.DB);
    expect(await removeOldQuotas(db.binding, TODAY, { sliceRows: 3, draw: slices(2) })).toBe(6);
    expect(db.count.rowsRead).toBeLessThan(50);
    expect(await removeOldQuotas(env.DB, TODAY, { sliceRows: 3, draw: slices(2) })).toBe(3);
  });

  it("go with the user who is erased, and nobody else's", async ({ expect }) => {
    for (const ago of [0, 1, 2, 3]) {
      const at = NOW_MS - ago * DAY_MS;
      await count([sent("bob", 1, at), sent("carol", 1, at)]);
    }
    await noteQuotaRules(env.DB, [over("bob"), over("carol")], NOW_MS);
    const db = countedDb(env.DB);
    await beginErasure(oneDatabase(db.binding), "bob", toOrderKey(NOW_MS));
    expect((await all("request_counts")).map((row) => row.applicant_id)).toEqual(
      Array(4).fill("carol"),
    );
    expect(await all("quota_blocks")).toMatchObject([{ applicant_id: "carol" }]);
    expect(db.count.rowsRead).toBeLessThan(30);
  });
});
