import { env } from "cloudflare:workers";
import fc from "fast-check";
import { describe, it } from "vitest";
import {
  explanation,
  ruleChanges,
  ruleEntry,
  rulesPage,
  storedRule,
} from "../../src/api/rule-answers.ts";
import { buildKey } from "../../src/blocklist/key.ts";
import { beginErasure, sweepErasures } from "../../src/db/erasures.ts";
import { removeOldRuleChanges } from "../../src/db/rule-changes.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { API_TOKEN } from "../support/api.ts";
import { askAs, cookieOf, MODERATOR_TOKEN, OWN_PAGE } from "../support/console.ts";
import { countedDb } from "../support/counted.ts";
import { oneDatabase } from "../support/databases.ts";
import { brokenDatabase } from "../support/faults.ts";
import { logLines } from "../support/log.ts";
import { slices } from "../support/sweep.ts";
import { QUESTIONS } from "../support/tencent.ts";
import { callback } from "../support/worker.ts";

const MODERATOR = { Authorization: `Bearer ${MODERATOR_TOKEN}` };
const ADMIN = { Authorization: `Bearer ${API_TOKEN}` };

const pathOf = (key: string) => `/v1/blocklist/${encodeURIComponent(key)}`;
const put = (key: string, rule: unknown, query = "", asking = {}) =>
  askAs(MODERATOR, `${pathOf(key)}${query}`, { method: "PUT", body: rule, ...asking });
const remove = (key: string, asking = {}) =>
  askAs(MODERATOR, pathOf(key), { method: "DELETE", ...asking });
const read = (key: string) => askAs(MODERATOR, pathOf(key));
const list = async (query = "") =>
  rulesPage.parse(await (await askAs(MODERATOR, `/v1/blocklist${query}`)).json());
const changes = async (query = "") =>
  ruleChanges.parse(await (await askAs(MODERATOR, `/v1/rule-changes${query}`)).json());

/** KV that fails at one thing. */
function kvWithout(method: "get" | "put" | "delete" | "list"): KVNamespace {
  return new Proxy(env.BLOCKLIST, {
    get(kv, name) {
      if (name === method) return () => Promise.reject(new Error("KV is away"));
      const value = Reflect.get(kv, name);
      return typeof value === "function" ? value.bind(kv) : value;
    },
  });
}

describe("a rule that is put", () => {
  it("is in KV, is answered as it is stored, and refuses", async ({ expect }) => {
    const response = await put("user:pest", { reason: "no spam", note: "ticket 7" });
    expect(response.status).toBe(200);
    const answer = storedRule.parse(await response.json());
    expect(answer).toEqual({
      key: "user:pest",
      value: '{"reason":"no spam","note":"ticket 7"}',
      rule: {
        mode: "block",
        code: 38_000,
        reason: "no spam",
        note: "ticket 7",
        actions: ["Request", "Agree", "AgreeAndAdd"],
      },
      problems: [],
      expiresAt: null,
      madeBy: null,
      visibleWithinSeconds: 60,
    });
    expect(await env.BLOCKLIST.get("user:pest")).toBe(answer.value);
    const entry = ruleEntry.parse(await (await read("user:pest")).json());
    expect({ ...entry, visibleWithinSeconds: 60 }).toEqual(answer);
    for (const { ask } of QUESTIONS) {
      const { reply } = await callback(ask("alice", ["pest"]));
      expect(reply.ResultItem).toMatchObject([{ ResultCode: 38_000, ResultInfo: "no spam" }]);
    }
  });

  it.for([
    [{ reason: "no spam" }, "no spam"],
    [{ reason: "{no" }, '{"reason":"{no"}'],
    [{}, "{}"],
    [{ mode: "allow" }, '{"mode":"allow"}'],
    [{ note: "x", mode: "observe" }, '{"mode":"observe","note":"x"}'],
  ])("as %j is %s in KV, as the tool writes it", async ([rule, value], { expect }) => {
    expect((await put("user:pest", rule)).status).toBe(200);
    expect(await env.BLOCKLIST.get("user:pest")).toBe(value);
  });

  it("ends when it is to end", async ({ expect }) => {
    const at = Math.floor(Date.now() / 1_000) + 86_400;
    const ends = storedRule.parse(await (await put("user:a", {}, `?expiration=${at}`)).json());
    expect(ends.expiresAt).toBe(at * 1_000);
    const later = storedRule.parse(await (await put("user:b", {}, "?expirationTtl=3600")).json());
    expect(Math.abs((later.expiresAt ?? 0) - Date.now() - 3_600_000)).toBeLessThan(5_000);
    for (const { key, expiresAt } of [ends, later]) {
      const entry = ruleEntry.parse(await (await read(key)).json());
      expect(Math.abs((entry.expiresAt ?? 0) - (expiresAt ?? 0))).toBeLessThan(5_000);
    }
    expect((await changes()).changes.map((change) => change.expiresAt)).toEqual(
      [later, ends].map(({ expiresAt }) => expiresAt),
    );
  });

  it.for([
    ["user:a", { reason: 5 }, "", "reason must be a text"],
    ["user:a", { mode: "ban" }, "", "mode must be block or observe or allow"],
    ["user:a", { code: 1 }, "", "code must be a whole number from 38000 to 39000"],
    [
      "user:a",
      { actions: [] },
      "",
      "actions must be a list of Request, Agree, AgreeAndAdd, Reject",
    ],
    ["user:a", { reasons: "x" }, "", "unknown field reasons: "],
    ["user:a", { reason: "x".repeat(501) }, "", "reason has 501 characters"],
    ["user:a", { note: "x".repeat(10_001) }, "", "the rule is longer than 10000 bytes"],
    ["user:a", {}, "?expirationTtl=59", "expires in 59 seconds, and KV takes no less than 60"],
    ["user:a", {}, "?expiration=1", "has expired"],
    [
      "user:a",
      {},
      "?expirationTtl=60&expiration=2000000000",
      "has both expiration and expiration_ttl",
    ],
    ["nobody:a", {}, "", 'unknown kind "nobody"'],
    ["filter", {}, "", 'unknown kind "filter"'],
    ["user", {}, "", "a user rule is user:<id>"],
    ["user:a:b", {}, "", "a user rule is user:<id>"],
    ["pair:a", {}, "", "a pair rule is pair:<from>:<to>"],
    ["user:a b", {}, "", "never looked up in this spelling: it is user:a%20b"],
    ["user:%zz", {}, "", "bad encoding"],
    ["ip:1.2.3", {}, "", "1.2.3 is no IP address"],
    [`user:${"x".repeat(600)}`, {}, "", "an id has 600 bytes, and no account has more than"],
  ] as const)("%s as %j%s is 400, and says why", async ([key, rule, query, why], { expect }) => {
    for (const force of ["", "force=true"]) {
      const joint = query === "" ? "?" : "&";
      const response = await put(key, rule, (force && `${query}${joint}${force}`) || query);
      expect(response.status).toBe(400);
      expect(response.headers.get("Content-Type")).toBe("application/problem+json");
      const { detail, problems } = await response.json<{ detail: string; problems: string[] }>();
      expect(detail).toContain(why);
      expect(problems.join()).toContain(why);
    }
    expect(await env.BLOCKLIST.list()).toMatchObject({ keys: [] });
    expect((await changes()).changes).toEqual([]);
  });

  it.for([
    ["user:1.23E+15", {}, "looks like a number that a spreadsheet has shortened"],
    ["user:a", { platforms: ["HarmonyOS"] }, "no callback comes from the platform"],
  ] as const)(
    "%s as %j is in doubt, and is stored by force",
    async ([key, rule, why], { expect }) => {
      const encoded = key.replace("+", "%2B");
      const response = await put(encoded, rule);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        problems: [],
        doubts: [expect.stringMatching(new RegExp(`${why}.*force=true`))],
      });
      expect((await put(encoded, rule, "?force=true")).status).toBe(200);
    },
  );

  it.for(["null", "[]", '"no spam"', "5"])("from %s is 400", async (text, { expect }) => {
    expect((await put("user:a", JSON.parse(text))).status).toBe(400);
  });

  it.for([undefined, "text/plain", "application/x-www-form-urlencoded"])(
    "from what is said to be %s is 400, for it would be an empty rule",
    async (type, { expect }) => {
      const headers = type === undefined ? {} : { "Content-Type": type };
      const response = await askAs(MODERATOR, pathOf("user:a"), { method: "PUT", headers });
      expect(response.status).toBe(400);
      expect(await env.BLOCKLIST.get("user:a")).toBeNull();
    },
  );
});

/** Whatever somebody may be called. */
const HOSTILE = [
  ...[
    "a:b",
    "100%",
    "%2e%2e",
    "..",
    ".",
    "a/b",
    "a?b#c",
    "a b",
    "@TLS#x",
    "好友",
    "🙂",
    "\u202eabc",
  ],
  ...[
    "<script>alert(1)</script>",
    "שלום",
    "'; DROP TABLE rule_changes; --",
    "__proto__",
    "é".repeat(20),
  ],
];

describe("a rule about somebody called", () => {
  it.for(HOSTILE)("%s is put, read, listed and removed", async (id, { expect }) => {
    for (const key of [buildKey("user", [id]), buildKey("pair", [id, "bob"])]) {
      expect((await put(key, { reason: id })).status).toBe(200);
      expect(await (await read(key)).json()).toMatchObject({ key, rule: { reason: id } });
      expect((await list()).rules).toMatchObject([{ key, problems: [] }]);
      expect((await remove(key)).status).toBe(204);
      const { changes: made } = await changes(`?key=${encodeURIComponent(key)}`);
      expect(made).toMatchObject([{ change: "delete" }, { change: "put", after: id }]);
    }
    expect(JSON.stringify(logLines())).not.toContain(id.length > 2 ? id : "bob");
  });

  it("anything at all keeps its key on the way", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .string({ unit: "binary", minLength: 1, maxLength: 20 })
          .filter((id) => id.isWellFormed()),
        async (id) => {
          const key = buildKey("user", [id]);
          const response = await put(key, {}, "?force=true");
          expect(response.status).toBe(200);
          expect(await env.BLOCKLIST.get(key)).toBe("{}");
          expect((await read(key)).status).toBe(200);
          expect((await remove(key)).status).toBe(204);
        },
      ),
      { numRuns: 40 },
    );
  });
});

describe("the list of rules", () => {
  it("has pages, by the beginning of the keys, with what is wrong with each", async ({
    expect,
  }) => {
    const keys = Array.from({ length: 250 }, (_, n) => `user:u${String(n).padStart(3, "0")}`);
    await Promise.all(keys.map((key) => env.BLOCKLIST.put(key, "no")));
    await env.BLOCKLIST.put("pair:a:b", "{broken");
    await env.BLOCKLIST.put("nonsense", "");
    await env.BLOCKLIST.put("filter", "of friendgate's own");
    await env.BLOCKLIST.put("applicant:bot", "{}", { metadata: { by: "quota" } });
    const found: Awaited<ReturnType<typeof list>>["rules"] = [];
    let query = "?limit=101";
    for (let pages = 0; pages < 5; pages++) {
      const { rules, cursor, kinds } = await list(query);
      expect(kinds).toEqual(["pair", "user"]);
      found.push(...rules);
      if (cursor === null) break;
      query = `?limit=101&cursor=${encodeURIComponent(cursor)}`;
    }
    expect(found.map(({ key }) => key)).toEqual(
      ["applicant:bot", "nonsense", "pair:a:b", ...keys].toSorted(),
    );
    const about = (key: string) => found.find((rule) => rule.key === key);
    expect(about("applicant:bot")).toMatchObject({ madeBy: "quota", problems: [] });
    expect(about("pair:a:b")).toMatchObject({
      rule: { broken: true, mode: "block" },
      problems: ["the value starts with { and is not JSON: it blocks with the defaults"],
    });
    expect(about("nonsense")?.problems).toHaveLength(2);
    expect((await list("?prefix=user:u00")).rules).toHaveLength(10);
    expect(await list("?prefix=filter")).toMatchObject({ rules: [], cursor: null });
  });

  it.for([
    "limit=0",
    "limit=1001",
    "cursor=%00",
    "prefix=a&prefix=b&x=1",
    `prefix=${"x".repeat(513)}`,
  ])("with %s is 400", async (query, { expect }) => {
    expect((await askAs(MODERATOR, `/v1/blocklist?${query}`)).status).toBe(400);
  });
});

describe("no rule", () => {
  it.for(["user:nobody", "filter", "nonsense", "x".repeat(600), "é".repeat(300)])(
    "under %s is 404",
    async (key, { expect }) => {
      await env.BLOCKLIST.put("filter", "of friendgate's own");
      await env.BLOCKLIST.put("user:nobody-else", "no");
      for (const response of [await read(key), await remove(key)]) {
        expect(response.status).toBe(404);
        expect(response.headers.get("Content-Type")).toBe("application/problem+json");
      }
      expect(await env.BLOCKLIST.get("filter")).not.toBeNull();
      expect((await changes()).changes).toEqual([]);
    },
  );

  it("is left of one that the Worker never looks up", async ({ expect }) => {
    await env.BLOCKLIST.put("nonsense", "no");
    expect((await remove("nonsense")).status).toBe(204);
    expect(await env.BLOCKLIST.get("nonsense")).toBeNull();
    expect((await changes()).changes).toMatchObject([
      { key: "nonsense", before: "no", after: null },
    ]);
  });
});

describe("the history of the rules", () => {
  it("says who changed what, from what to what, the newest first", async ({ expect }) => {
    const session = { Cookie: await cookieOf(API_TOKEN), ...OWN_PAGE };
    await put("user:a", { reason: "one" });
    await askAs(session, pathOf("user:a"), { method: "PUT", body: { reason: "two" } });
    await askAs(ADMIN, pathOf("user:a"), { method: "DELETE" });
    await put("user:b", {});
    const all = await changes();
    expect(all).toMatchObject({ before: null });
    const about = {
      at: expect.any(Number),
      id: expect.any(String),
      expiresAt: null,
      failed: false,
    };
    const a = { ...about, key: "user:a" };
    expect(all.changes).toEqual(
      [
        { ...about, key: "user:b", who: "moderator", change: "put", before: null, after: "{}" },
        { ...a, who: "admin", change: "delete", before: "two", after: null },
        { ...a, who: "admin", change: "put", before: "one", after: "two" },
        { ...a, who: "moderator", change: "put", before: null, after: "one" },
      ].toSorted((one, other) => order(all.changes, one) - order(all.changes, other)),
    );
    expect((await changes("?key=user:a")).changes).toHaveLength(3);
    expect((await changes("?key=user:nobody")).changes).toEqual([]);
  });

  it("has pages", async ({ expect }) => {
    for (let n = 0; n < 5; n++) await put(`user:u${n}`, {});
    const first = await changes("?limit=3");
    const second = await changes(`?limit=3&before=${first.before}`);
    expect(second.before).toBeNull();
    const ids = [...first.changes, ...second.changes].map(({ id }) => id);
    expect(ids).toEqual((await changes()).changes.map(({ id }) => id));
    expect(new Set(ids).size).toBe(5);
    expect((await askAs(MODERATOR, "/v1/rule-changes?before=nonsense")).status).toBe(400);
  });

  it("is written first: without it nothing is changed", async ({ expect }) => {
    await env.BLOCKLIST.put("user:a", "before");
    const asking = { env: { DB: brokenDatabase("Network connection lost.") } };
    for (const response of [await put("user:a", {}, "", asking), await remove("user:a", asking)]) {
      expect(response.status).toBe(503);
    }
    expect(await env.BLOCKLIST.get("user:a")).toBe("before");
    expect(logLines()).toEqual(
      Array(2).fill({ event: "failed", reason: "rule-not-noted", error: "Error" }),
    );
  });

  it.for([
    ["put", "put", () => put("user:a", {}, "", { env: { BLOCKLIST: kvWithout("put") } })],
    ["delete", "delete", () => remove("user:a", { env: { BLOCKLIST: kvWithout("delete") } })],
  ] as const)(
    "says of a %s that KV did not take that it failed",
    async ([change, , ask], { expect }) => {
      await env.BLOCKLIST.put("user:a", "before");
      const response = await ask();
      expect(response.status).toBe(503);
      expect(await env.BLOCKLIST.get("user:a")).toBe("before");
      expect((await changes()).changes).toMatchObject([{ change, before: "before", failed: true }]);
      expect(logLines()).toEqual([{ event: "failed", reason: "rule-not-written", error: "Error" }]);
    },
  );

  it("has nothing of a change that KV does not let begin", async ({ expect }) => {
    const asking = { env: { BLOCKLIST: kvWithout("get") } };
    expect((await put("user:a", {}, "", asking)).status).toBe(503);
    expect((await remove("user:a", asking)).status).toBe(503);
    expect((await changes()).changes).toEqual([]);
  });

  it("has no more of a long value than a rule may have", async ({ expect }) => {
    await env.BLOCKLIST.put("user:a", "x".repeat(3_000_000));
    expect((await put("user:a", {})).status).toBe(200);
    expect((await changes()).changes[0]?.before).toHaveLength(10_000);
  });

  it("forgets what is old, and who is erased, in whichever role", async ({ expect }) => {
    const names = ["alice", "a:b", "好友"];
    for (const name of names) {
      for (const parts of [
        ["user", name],
        ["pair", name, "bob"],
        ["pair", "bob", name],
      ] as const) {
        const [kind, ...ids] = parts;
        await put(buildKey(kind, ids), {});
      }
    }
    await put("user:bob", {});
    await put("ip:192.0.2.1", {});
    expect((await changes()).changes).toHaveLength(11);
    const databases = oneDatabase(env.DB);
    for (const name of names) await beginErasure(databases, name, toOrderKey(Date.now() + 1_000));
    await sweepErasures(env.DB, { sliceRows: 4, draw: slices(1_000) });
    expect((await changes()).changes.map(({ key }) => key).toSorted()).toEqual([
      "ip:192.0.2.1",
      "user:bob",
    ]);
    expect(
      await removeOldRuleChanges(env.DB, Date.now() + 1, { sliceRows: 1, draw: slices(9) }),
    ).toBe(2);
  });
});

describe("in KV", () => {
  /** How often each operation of the namespace is asked for. */
  const countedOperations = () => {
    const asked: Record<string, number> = {};
    const BLOCKLIST = new Proxy(env.BLOCKLIST, {
      get(kv, name) {
        return (...args: unknown[]) => {
          asked[String(name)] = (asked[String(name)] ?? 0) + 1;
          return Reflect.get(kv, name).apply(kv, args);
        };
      },
    });
    return { asked, BLOCKLIST };
  };

  it.for([
    ["GET", pathOf("user:u001"), undefined, { list: 1, get: 1 }],
    ["PUT", pathOf("user:u001"), {}, { get: 1, put: 1 }],
    ["DELETE", pathOf("user:u001"), undefined, { get: 1, delete: 1 }],
    ["DELETE", pathOf("user:nobody"), undefined, { get: 1 }],
    ["PUT", pathOf("nonsense"), {}, {}],
    ["GET", "/v1/blocklist", undefined, { list: 1, get: 1 }],
    ["GET", "/v1/blocklist?limit=250", undefined, { list: 1, get: 3 }],
    ["GET", "/v1/blocklist?prefix=pair:", undefined, { list: 1 }],
    ["POST", "/v1/explanations", { responderId: "u001", applicantId: "u002" }, { get: 1 }],
    ["GET", "/v1/users/u001/rules", undefined, { list: 5, get: 1 }],
  ] as const)("%s %s (%j) asks for %j", async ([method, path, body, operations], { expect }) => {
    const keys = Array.from({ length: 250 }, (_, n) => `user:u${String(n).padStart(3, "0")}`);
    await Promise.all(keys.map((key) => env.BLOCKLIST.put(key, "no")));
    const { asked, BLOCKLIST } = countedOperations();
    await askAs(MODERATOR, path, { method, body, env: { BLOCKLIST } });
    expect(asked).toEqual(operations);
  });
});

describe("a change of a rule costs", () => {
  it("one statement and two rows, and reading costs its page", async ({ expect }) => {
    const db = countedDb(env.DB);
    const asking = { env: { DB: db.binding } };
    await put("user:a", {}, "", asking);
    expect(db.count).toMatchObject({ statements: 1, rowsWritten: 2 });
    await remove("user:a", asking);
    expect(db.count).toMatchObject({ statements: 2, rowsWritten: 4 });
    for (let n = 0; n < 5; n++) await put("user:b", {}, "", asking);
    for (const query of ["?limit=2", "?limit=2&key=user:a", "?limit=3&key=user:b"]) {
      const before = db.count.rowsRead;
      await askAs(MODERATOR, `/v1/rule-changes${query}`, asking);
      expect(db.count.rowsRead - before).toBeLessThanOrEqual(6);
    }
  });
});

describe("an explanation", () => {
  const ask = async (body: object, overrides = {}) => {
    const asking = { method: "POST", body, env: overrides };
    return askAs(MODERATOR, "/v1/explanations", asking);
  };

  it("says what becomes of a request and of its acceptance, and why", async ({ expect }) => {
    await env.BLOCKLIST.put("user:pest", JSON.stringify({ actions: ["Request"], reason: "no" }));
    await env.BLOCKLIST.put("responder:alice", "never looked up");
    const answer = explanation.parse(
      await (await ask({ responderId: "alice", applicantId: "pest" })).json(),
    );
    expect(answer).toMatchObject({
      kinds: ["pair", "user"],
      blocklistMode: "enforce",
      answers: [
        {
          action: "Request",
          outcome: "block",
          decidedBy: "user:pest",
          observed: null,
          result: { To_Account: "alice", ResultCode: 38_000, ResultInfo: "no" },
        },
        { action: "AgreeAndAdd", outcome: "allow", decidedBy: null, observed: null },
      ],
    });
    const keyed = new Map(answer.keys.map((each) => [each.key, each]));
    expect(keyed.get("user:pest")).toMatchObject({ isRead: true, rule: { mode: "block" } });
    expect(keyed.get("responder:alice")).toMatchObject({ isRead: false, rule: { mode: "block" } });
    expect(keyed.get("user:alice")).toMatchObject({ rule: null, description: "no rule" });
  });

  it("is of one action, platform and address where they are said", async ({ expect }) => {
    await env.BLOCKLIST.put("ip:192.0.2.1", JSON.stringify({ platforms: ["Web"] }));
    const about = { responderId: "a", applicantId: "b", action: "Agree", clientIp: "192.0.2.1" };
    const overrides = { BLOCKLIST_KINDS: "ip", BLOCKLIST_MODE: "observe" };
    expect(await (await ask({ ...about, platform: "Web" }, overrides)).json()).toMatchObject({
      blocklistMode: "observe",
      answers: [{ action: "Agree", outcome: "block", decidedBy: "ip:192.0.2.1" }],
    });
    expect(await (await ask({ ...about, platform: "iOS" }, overrides)).json()).toMatchObject({
      answers: [{ outcome: "allow" }],
    });
  });

  it.for([
    [{}, "responderId"],
    [{ responderId: "a" }, "applicantId"],
    [{ responderId: "a", applicantId: "x".repeat(129) }, "applicantId"],
    [{ responderId: "a", applicantId: "b", action: "Ask" }, "action: must be one of"],
    [{ responderId: "a", applicantId: "b", platfrom: "x" }, "platfrom: unknown"],
  ] as const)("of %j is 400", async ([body, why], { expect }) => {
    const response = await ask(body);
    expect(response.status).toBe(400);
    expect((await response.json<{ detail: string }>()).detail).toContain(why);
  });
});

/** Changes of one millisecond come in the order of their ids. */
function order(
  all: readonly { key: string; after: string | null }[],
  one: { key: string; after: string | null },
) {
  return all.findIndex(({ key, after }) => key === one.key && after === one.after);
}
