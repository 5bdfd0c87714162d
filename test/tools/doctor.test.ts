import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, it } from "vitest";
import { createTestHarness } from "wrangler";
import { backendFindings } from "../../tools/doctor/backend.ts";
import {
  latencyFinding,
  signedFinding,
  unknownCommandFinding,
} from "../../tools/doctor/callbacks.ts";
import { decisionFindings, RESERVED } from "../../tools/doctor/decision.ts";
import { examine } from "../../tools/doctor/examine.ts";
import type { Finding } from "../../tools/doctor/finding.ts";
import {
  clockFinding,
  friendgateFinding,
  storeFindings,
  transportFinding,
} from "../../tools/doctor/health.ts";
import { recordedFinding, requestsFinding } from "../../tools/doctor/requests.ts";
import { roomFinding, shardsFinding } from "../../tools/doctor/shards.ts";
import type { Output } from "../../tools/lib/child.ts";
import { copyOfProject, runCommand, runTool } from "../support/commands.ts";
import { APP_ID, TOKEN } from "../support/tencent.ts";

type Bindings = {
  BLOCKLIST: { put(key: string, value: string): Promise<void>; delete(key: string): Promise<void> };
  DB: { prepare(sql: string): { all<T>(): Promise<{ results: T[] }> } };
};

/** The Worker with its storage empty, configured as a test wishes. */
function deployed(vars: Record<string, string>, secrets: Record<string, string>) {
  const harness = createTestHarness({
    workers: [{ configPath: new URL("../../wrangler.toml", import.meta.url), vars, secrets }],
  });
  const worker = harness.getWorker();
  const deployment = {
    url: "",
    bindings: async () => (await worker.getEnv()) as unknown as Bindings,
  };
  beforeAll(async () => {
    deployment.url = (await harness.listen()).url.href;
    await worker.applyD1Migrations("DB");
  });
  afterAll(() => harness.close());
  return deployment;
}

const doctor = (url: string, args: readonly string[] = [], env: Record<string, string> = {}) =>
  runTool("doctor", ["--url", url, "--requests", "3", ...args], env);

/** What the doctor found, by what was looked at. */
function findingsIn({ stdout }: Output): Record<string, string> {
  return Object.fromEntries(
    stdout
      .trimEnd()
      .split("\n")
      .map((line) => [line.slice(9, 26).trim(), `${line.slice(0, 9).trim()}: ${line.slice(26)}`]),
  );
}

/** What failed, but for the latency, which is the test machine's. */
function failuresIn(ran: Output): Record<string, string> {
  return Object.fromEntries(
    Object.entries(findingsIn(ran)).filter(
      ([what, found]) => what !== "latency" && found.startsWith("failed"),
    ),
  );
}

/** Every row of every table. */
async function stored({ DB }: Bindings): Promise<Record<string, object[]>> {
  const { results: tables } = await DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' " +
      "AND name NOT GLOB '_cf_*' AND name NOT GLOB 'sqlite_*'",
  ).all<{ name: string }>();
  const rows: Record<string, object[]> = {};
  for (const { name } of tables) {
    rows[name] = (await DB.prepare(`SELECT * FROM "${name}"`).all<object>()).results;
  }
  return rows;
}

const configured = { SDK_APP_ID: APP_ID, LOCAL: "true" };
const OK = JSON.stringify({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" });
const secrets = { CALLBACK_TOKEN: TOKEN, API_TOKEN: "local-api-token" };

describe("a deployment as it should be", () => {
  const deployment = deployed(configured, secrets);

  it("passes, and has nothing in its storage that was not there", async ({ expect }) => {
    const before = await stored(await deployment.bindings());
    const ran = await doctor(deployment.url);
    // That something authentic arrived is noted once in ten minutes.
    const after = await stored(await deployment.bindings());
    expect({ ...after, arrivals: [] }).toEqual({ ...before, arrivals: [] });
    expect(Object.keys(before)).toContain("friends");

    expect(ran.stderr).toBe("");
    expect(failuresIn(ran)).toEqual({});
    expect(ran.stdout).not.toContain(TOKEN);
    expect(findingsIn(ran)).toEqual({
      settings: "ok: every name in this folder's files is known",
      reachable: expect.stringMatching(/^ok: http/),
      transport: expect.stringMatching(/^warning: HTTP, to this machine/),
      friendgate: "ok: answers at /health",
      clock: expect.stringMatching(/^unknown: the server sends no Date header/),
      signed: "ok: the console's URL check is answered OK",
      unsigned: "ok: refused with 401",
      "wrong Sign": "ok: refused with 401",
      stale: "ok: refused with 401",
      future: "ok: refused with 401",
      "other app": "ok: refused with 403",
      "other callbacks": "ok: answered OK, and gone: there is no BACKEND_URL",
      "friend request": "ok: answered OK (about nobody)",
      "friend response": "ok: answered OK (about nobody)",
      "friend added": "ok: answered OK (about nobody)",
      "friend deleted": "ok: answered OK (about nobody)",
      "blacklist add": "ok: answered OK (about nobody)",
      "blacklist delete": "ok: answered OK (about nobody)",
      "malformed body": "ok: refused with FAIL under HTTP 200",
      decision: expect.stringMatching(/^unknown: not asked/),
      "Content-Type": "ok: application/json in 14 replies",
      latency: expect.stringMatching(/^\w+: p50 .* in 3 requests, without the blocklist/),
      version: expect.stringMatching(/^ok: friendgate \d+\.\d+\.\d+ \([\da-f-]{36}\)$/),
      rules: "ok: in force",
      "request limits": "ok: by the minute off, by the day off",
      callbacks: expect.stringMatching(/^ok: /),
      blocklist: "ok: can be read",
      "dead letters": "ok: none",
      // What an earlier test was answered may be on its way into the record.
      queue: expect.stringMatching(/^ok: /),
      "friend requests": expect.stringMatching(/^(?:unknown|warning): none recorded within a day/),
      databases: "ok: DB 0.0 GB of 10 each",
    });
  });

  it("shows that its blocklist decides, once the rule for the doctor is in it", async ({
    expect,
  }) => {
    const { BLOCKLIST } = await deployment.bindings();
    const without = await doctor(deployment.url, ["--decide"]);
    expect(findingsIn(without)).toMatchObject({
      decision: "ok: 0 of 2 items blocked",
      rule: expect.stringMatching(/^unknown: cannot tell/),
    });
    const [, command] = / → npx wrangler kv key put '(.*)' doctor /.exec(without.stdout) ?? [];
    await BLOCKLIST.put(String(command), "doctor");
    expect(findingsIn(await doctor(deployment.url, ["--decide"]))).toMatchObject({
      decision: "ok: 1 of 2 items blocked",
      rule: "ok: the reserved id's was found in the blocklist",
    });
    await BLOCKLIST.delete(String(command));
  });

  it("tells of its stores to who has the API token", async ({ expect }) => {
    const { DB } = await deployment.bindings();
    const ask = () => doctor(deployment.url, [], { API_TOKEN: secrets.API_TOKEN });
    expect(findingsIn(await ask())).toMatchObject({
      blocklist: "ok: can be read",
      "dead letters": "ok: none",
      queue: expect.stringMatching(/^ok: /),
    });

    await DB.prepare(
      "INSERT INTO dead_letters (id, first_at, last_at, attempts, reason, body) " +
        "VALUES ('1', 1, 1, 100, 'malformed', '{}')",
    ).all();
    await DB.prepare(
      `INSERT INTO friend_requests (at, call_id, item, responder_id, applicant_id, code)
       VALUES (${Date.now()}, 'c1', 0, 'alice', 'bob', 0), (${Date.now()}, 'c1', 1, 'carol', 'bob', 0)`,
    ).all();
    const ran = await ask();
    expect(findingsIn(ran)["friend requests"]).toBe("ok: 2 recorded within a day");
    expect(findingsIn(ran)["dead letters"]).toMatch(/^failed: 1, the oldest \d+ s old/);
    expect(ran.code).toBe(1);
    await DB.prepare("DELETE FROM dead_letters").all();
    await DB.prepare("DELETE FROM friend_requests").all();
  });

  it.for([
    [{ CALLBACK_TOKEN: "another" }, "signed", /^failed: refused: the token here is not/],
    [{ SDK_APP_ID: "1400000001" }, "signed", /^failed: refused: the deployment is for another app/],
    [{ API_TOKEN: "another" }, "stores", /^failed: the API token is refused/],
  ] as const)("is not passed with %j", async ([env, what, found], { expect }) => {
    const ran = await doctor(deployment.url, [], env);
    expect(findingsIn(ran)[what]).toMatch(found);
    expect(ran.code).toBe(1);
  });

  it("keeps its stores to itself where no API token is known", async ({ expect }) => {
    const target = {
      ...{ url: deployment.url, appId: APP_ID, token: TOKEN },
      ...{ clientIp: "127.0.0.1", platform: "Web" },
    };
    const findings = examine({ target, apiToken: undefined, requests: 1, decide: false });
    let last: unknown;
    for await (const finding of findings) last = finding;
    expect(last).toMatchObject({
      level: "unknown",
      what: "stores",
      found: expect.stringContaining("cannot tell without the API token"),
    });
  });

  it("is not found at another path", async ({ expect }) => {
    const ran = await doctor(new URL("/elsewhere", deployment.url).href);
    expect(findingsIn(ran).signed).toMatch(/^failed: no callback is answered at this path/);
    expect(ran.code).toBe(1);
  });
});

describe("a deployment with a backend", () => {
  let answer = 200;
  const asked: { url: URL; body: string }[] = [];
  const backend = createServer(async (request, response) => {
    asked.push({ url: new URL(request.url ?? "", "http://backend"), body: await text(request) });
    response.writeHead(answer, { "Content-Type": "application/json" }).end(OK);
  });
  const vars: Record<string, string> = {
    ...{ ...configured, BACKEND_COMMANDS: "*,!Sns.*" },
    ...{ REQUESTS_PER_DAY: "50", REQUESTS_PER_DAY_MODE: "enforce" },
  };
  beforeAll(async () => {
    await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
    vars.BACKEND_URL = `http://127.0.0.1:${(backend.address() as AddressInfo).port}/im`;
  });
  afterAll(() => void backend.close());
  const deployment = deployed(vars, secrets);
  beforeEach(() => asked.splice(0));

  it.for([
    [200, 0, "ok: answers with 200"],
    [401, 1, "failed: it refused friendgate's Sign with 401: has it the same token? → give it"],
    [404, 0, "warning: answers the console's URL check with 404 → check the path"],
    [503, 1, "failed: answers the console's URL check with 503 → see the backend's own log"],
  ] as const)("is told what the backend answers: %i", async ([status, code, found], { expect }) => {
    answer = status;
    const ran = await doctor(deployment.url, [], { API_TOKEN: secrets.API_TOKEN });
    const findings = findingsIn(ran);
    expect(findings.backend).toContain(found);
    expect(findings["backend queue"]).toBe("ok: empty");
    expect(findings["request limits"]).toBe("ok: by the minute off, by the day in force");
    expect(Object.keys(findings)).not.toContain("other callbacks");
    expect(ran.code).toBe(code);
    expect(asked.map(({ url, body }) => [url.searchParams.get("CallbackCommand"), body])).toEqual([
      [null, "{}"],
    ]);
  });

  it("puts nothing on the backend's queue where it is not known that there is one", async ({
    expect,
  }) => {
    answer = 503;
    const { url } = deployment;
    const target = { url, appId: APP_ID, token: TOKEN, clientIp: "127.0.0.1", platform: "Web" };
    const found = new Map<string, Finding>();
    const options = { target, apiToken: undefined, requests: 1, decide: false };
    for await (const finding of examine(options)) found.set(finding.what, finding);
    expect(found.get("other callbacks")).toMatchObject({
      level: "failed",
      todo: expect.stringContaining("if there is a backend, this is its answer: set API_TOKEN"),
    });
    // What is kept for the backend would come again, and this does not.
    expect(asked).toHaveLength(1);
    const health = await fetch(new URL("/health", url), {
      headers: { Authorization: `Bearer ${secrets.API_TOKEN}` },
    });
    expect(await health.json()).toMatchObject({ backend: { queue: { depth: 0 } } });
  });
});

describe("a deployment that takes unsigned requests", () => {
  const deployment = deployed({ ...configured, ALLOW_UNSIGNED: "true" }, secrets);

  it("fails for that, and for nothing else", async ({ expect }) => {
    const ran = await doctor(deployment.url);
    expect(ran.code).toBe(1);
    expect(failuresIn(ran)).toEqual({
      unsigned: expect.stringMatching(/HTTP 200 where 401 was due → remove ALLOW_UNSIGNED/),
    });
  });
});

describe("a deployment without a token", () => {
  const deployment = deployed(
    { ...configured, ALLOW_UNSIGNED: "true" },
    { ...secrets, CALLBACK_TOKEN: "" },
  );

  it("fails for everything that it takes", async ({ expect }) => {
    const ran = await doctor(deployment.url);
    expect(ran.code).toBe(1);
    expect(Object.keys(failuresIn(ran))).toEqual(["unsigned", "wrong Sign", "stale", "future"]);
  });
});

describe("a deployment without its app", () => {
  const deployment = deployed({ SDK_APP_ID: "" }, secrets);

  it("is told apart, and nothing more is asked of it", async ({ expect }) => {
    const ran = await doctor(deployment.url);
    expect(ran.code).toBe(1);
    expect(ran.stdout.trimEnd().split("\n").at(-1)).toMatch(/^failed +friendgate +misconfigured/);
  });
});

describe("what is not friendgate", () => {
  const page = createServer((_, response) => {
    response.writeHead(200, { "Content-Type": "text/html" }).end("<html></html>");
  });
  beforeAll(() => new Promise<void>((resolve) => page.listen(0, "127.0.0.1", resolve)));
  afterAll(() => void page.close());

  it("is told by its first page", async ({ expect }) => {
    const ran = await doctor(`http://127.0.0.1:${(page.address() as AddressInfo).port}`);
    expect(ran.code).toBe(1);
    expect(findingsIn(ran).friendgate).toMatch(/^failed: HTTP 200 at \/health, and not what/);
  });

  it("and what is not there, too", async ({ expect }) => {
    const ran = await doctor("http://127.0.0.1:1");
    expect(ran.code).toBe(3);
    expect(Object.keys(findingsIn(ran))).toEqual(["settings", "reachable"]);
    const asJson = await doctor("http://127.0.0.1:1", ["--json"]);
    expect(asJson.code).toBe(3);
    expect(JSON.parse(asJson.stdout)).toEqual({
      findings: [
        expect.objectContaining({ level: "ok", what: "settings" }),
        expect.objectContaining({ level: "failed", what: "reachable", todo: expect.any(String) }),
      ],
    });
  });
});

const received = (reply: unknown, status = 200) =>
  ({ ok: true, status, text: JSON.stringify(reply), elapsedMs: 1 }) as const;

describe("a finding", () => {
  it.for([
    ["https://friendgate.example/", "ok"],
    ["http://localhost:8787/", "warning"],
    ["http://127.0.0.1:8787/", "warning"],
    ["http://friendgate.example/", "failed"],
    ["http://localhost.example/", "failed"],
  ] as const)("about the way to %s is %s", ([url, level], { expect }) => {
    expect(transportFinding(url).level).toBe(level);
  });

  it.for([
    [undefined, "unknown"],
    [0, "ok"],
    [-4_000, "ok"],
    [30_000, "warning"],
    [-30_000, "warning"],
    [61_000, "failed"],
    [-61_000, "failed"],
  ] as const)("about a clock that is %s ms ahead is %s", ([aheadMs, level], { expect }) => {
    expect(clockFinding(aheadMs).level).toBe(level);
  });

  it.for([
    [200, { status: "ok" }, "ok"],
    [503, { status: "degraded" }, "ok"],
    [500, { status: "misconfigured" }, "failed"],
    [200, { status: "UP" }, "failed"],
    [404, null, "failed"],
  ] as const)("about /health with %i and %j is %s", ([status, json, level], { expect }) => {
    expect(friendgateFinding({ status, text: JSON.stringify(json) }).level).toBe(level);
  });

  it.for([
    ["one", [["DB", 1_024, 3.14]], "ok", "DB 3.1 GB of 10 each"],
    [
      "one that is nearly full",
      [
        ["DB", 512, 8.1],
        ["DB_2", 512, 1],
      ],
      "warning",
      "DB 8.1 GB, DB_2 1.0 GB of 10 each",
    ],
    [
      "one without a slot, which is not the record's",
      [
        ["DB", 1_024, 1],
        ["DB_2", 0, 0],
        ["RECORDS", 0, 1],
      ],
      "ok",
      "DB 1.0 GB, DB_2 0.0 GB, RECORDS 1.0 GB of 10 each; no slot in DB_2",
    ],
  ] as [string, [string, number, number][], string, string][])(
    "about databases, of which there is %s",
    ([_, databases, level, found], { expect }) => {
      const records = databases.some(([name]) => name === "RECORDS") ? "RECORDS" : "DB";
      const all = databases.map(([name, slots, gb]) => ({ name, slots, bytes: gb * 1e9 }));
      expect(roomFinding({ databases: all, records })).toMatchObject({ level, found });
    },
  );

  it("about databases that a deployment does not tell of is unknown", async ({ expect }) => {
    expect((await shardsFinding("http://127.0.0.1:1", "any-token")).level).toBe("unknown");
    expect(await shardsFinding("http://127.0.0.1:1", "any-token", ["DB_2"])).toMatchObject({
      ...{ level: "failed", found: "no answer from DB_2" },
    });
  });

  it("about a SHARDS of this folder's files that is wrong says what it must be", async ({
    expect,
  }) => {
    const project = copyOfProject();
    writeFileSync(join(project, "friendgate.toml"), '[vars]\nSHARDS = "DB 0-511"\n');
    const doctor = [join(project, "tools/doctor/main.ts"), "--url", "http://127.0.0.1:1"];
    const { stdout } = await runCommand(process.execPath, doctor, { CALLBACK_TOKEN: "any" });
    rmSync(project, { recursive: true });
    expect(stdout).toMatch(
      /^warning +settings +SHARDS gives slot 512 to no database.*correct it in/,
    );
  });

  const none = { depth: 0, oldestAgeSeconds: 0 };
  it.for([
    [{ blocklistReadable: true, deadLetters: none, queue: null }, ["ok", "ok", "unknown"]],
    [
      { blocklistReadable: false, deadLetters: { depth: 2, oldestAgeSeconds: 9 }, queue: none },
      ["failed", "failed", "ok"],
    ],
    [
      {
        blocklistReadable: true,
        deadLetters: null,
        queue: { depth: 5, oldestAgeSeconds: 301 },
      },
      ["ok", "failed", "warning"],
    ],
    [{}, ["unknown"]],
    [
      {
        ...{ blocklistReadable: true, deadLetters: none, queue: none },
        version: { friendgate: "1.2.3", deployment: "id" },
        blocklistMode: "enforce",
        ...{ requestRate: "off", requestsPerDay: "off" },
        callbacks: { lastAt: null, silent: false, signsWrong: false },
      },
      ["ok", "ok", "ok", "ok", "ok", "ok", "ok"],
    ],
    [
      {
        ...{ blocklistReadable: true, deadLetters: none, queue: none },
        ...{ requestRate: "observe", requestsPerDay: "enforce" },
      },
      ["ok", "ok", "ok", "ok"],
    ],
    [
      {
        ...{ blocklistReadable: true, deadLetters: none, queue: none },
        blocklistMode: "observe",
        callbacks: { lastAt: 1, silent: true, signsWrong: false },
      },
      ["warning", "failed", "ok", "ok", "ok"],
    ],
    [
      {
        ...{ blocklistReadable: true, deadLetters: none, queue: none },
        callbacks: { lastAt: 1, silent: false, signsWrong: true },
      },
      ["failed", "ok", "ok", "ok"],
    ],
    [
      { blocklistReadable: true, deadLetters: none, queue: none, callbacks: null },
      ["ok", "ok", "ok"],
    ],
  ] as const)("about the stores: %j is %j", ([figures, levels], { expect }) => {
    const text = JSON.stringify({ status: "ok", ...figures });
    expect(storeFindings({ status: 200, text }).map(({ level }) => level)).toEqual(levels);
  });

  const filter = (state: string, ageSeconds: number | null = 130, keys: number | null = 2_500) => ({
    ...{ state, ageSeconds, keys },
  });
  const notRead = "all keys are read, as without it";
  it.for([
    [undefined, undefined],
    ["off", undefined],
    [
      filter("ready"),
      "ok: 2500 keys, listed 2 min 10 s ago; less than 1 of 1,000 others is read for nothing; the next " +
        "listing takes 3 list operations, 5 min after this one; a rule of `wrangler kv` counts after " +
        "16 min 15 s at most",
    ],
    [filter("missing", null, null), `warning: missing; ${notRead}`],
    [filter("unreadable", null, null), `warning: unreadable; ${notRead}`],
    [filter("old", 3_600), `warning: 2500 keys, listed 1 h ago, which is too old; ${notRead}`],
    [
      filter("incomplete"),
      `warning: 2500 keys, listed 2 min 10 s ago: it has no room for what was added; ${notRead}`,
    ],
    [
      filter("too-many-keys", 60, 2_000_001),
      `warning: 2000001 keys, listed 1 min ago: more than it takes; ${notRead}`,
    ],
  ] as const)(
    "about the filter of the blocklist: %j is %s",
    ([blocklistFilter, words], { expect }) => {
      const stores = { blocklistReadable: true, deadLetters: none };
      const figures = { status: "ok", ...stores, blocklistFilter };
      const findings = storeFindings({ status: 200, text: JSON.stringify(figures) });
      const found = findings.find(({ what }) => what === "blocklist filter");
      expect(found && `${found.level}: ${found.found}`).toBe(words);
    },
  );

  it.for([
    [{ requestRate: "off", requestsPerDay: "off" }, "by the minute off, by the day off"],
    [
      { requestRate: "enforce", requestsPerDay: "observe" },
      "by the minute in force, by the day only observed",
    ],
    [{}, undefined],
  ] as const)("about limits on friend requests: %j is %s", ([limits, words], { expect }) => {
    const figures = { status: "ok", blocklistReadable: true, deadLetters: none, ...limits };
    const findings = storeFindings({ status: 200, text: JSON.stringify(figures) });
    expect(findings.find(({ what }) => what === "request limits")?.found).toBe(words);
  });

  it.for([
    [undefined, undefined],
    [null, undefined],
    [
      { ageSeconds: 7_300, users: 1_000, driftPerThousand: 0.5 },
      "ok: 0.5 in 1,000 friends of 1000 users, 2 h ago",
    ],
    [
      { ageSeconds: 60, users: 1_000, driftPerThousand: 10.1 },
      "warning: 10.1 in 1,000 friends of 1000 users, 0 h ago",
    ],
  ] as const)("about the last reconciliation: %j is %s", ([reconciliation, words], { expect }) => {
    const figures = { status: "ok", blocklistReadable: true, deadLetters: none, reconciliation };
    const findings = storeFindings({ status: 200, text: JSON.stringify(figures) });
    const finding = findings.find(({ what }) => what === "drift");
    expect(finding && `${finding.level}: ${finding.found}`).toBe(words);
  });

  it.for([
    [{ requests: 3, responses: 0 }, "ok"],
    [{ requests: 0, responses: 2 }, "warning"],
    [{ requests: 0, responses: 0 }, "unknown"],
  ] as const)("about %j is %s", ([recorded, level], { expect }) => {
    expect(recordedFinding(recorded).level).toBe(level);
  });

  it("about friend requests is unknown where an older deployment does not tell", async ({
    expect,
  }) => {
    expect(await requestsFinding("http://127.0.0.1:1", "t")).toMatchObject({ level: "unknown" });
  });

  it.for([
    [{ reachable: true, status: 204 }, none, ["ok", "ok"], "answers with 204"],
    [{ reachable: true, status: 403 }, none, ["failed", "ok"], "has it the same token?"],
    [{ reachable: true, status: 302 }, none, ["failed", "ok"], "with 302"],
    [{ reachable: false, reason: "late" }, null, ["failed", "unknown"], "not answer in time"],
    [
      { reachable: false, reason: "loop" },
      { depth: 3, oldestAgeSeconds: 300 },
      ["failed", "ok"],
      "leads back to friendgate",
    ],
    [
      { reachable: false, reason: "unreachable" },
      { depth: 3, oldestAgeSeconds: 301 },
      ["failed", "warning"],
      "cannot reach it",
    ],
  ] as const)(
    "about a backend: %j with %j waiting is %j",
    ([reached, queue, levels, words], { expect }) => {
      const findings = backendFindings({ ...reached, queue });
      expect(findings.map(({ level }) => level)).toEqual(levels);
      expect(findings[0]?.found).toContain(words);
    },
  );

  it.for([
    [undefined, 0, "ok", "answered OK"],
    [false, 0, "ok", "there is no BACKEND_URL"],
    [undefined, 1, "failed", "if there is a backend, this is its answer"],
    [false, 1, "failed", "all its callbacks come here"],
    [false, 9, "failed", "ErrorCode 9 means nothing"],
  ] as const)(
    "about other callbacks, backend %j and ErrorCode %i, is %s",
    ([hasBackend, ErrorCode, level, words], { expect }) => {
      const reply = { ActionStatus: "OK", ErrorCode, ErrorInfo: "" };
      const sent = {
        url: new URL("https://friendgate.example"),
        body: "",
        received: received(reply),
      };
      const finding = unknownCommandFinding(sent, hasBackend);
      expect(finding.level).toBe(level);
      expect(`${finding.found} ${finding.todo}`).toContain(words);
    },
  );

  it.for([
    [20, "ok"],
    [1_001, "warning"],
    [2_001, "failed"],
  ] as const)("about a p99 of %i ms is %s", ([p99, level], { expect }) => {
    expect(latencyFinding({ p50: 1, p95: 2, p99, max: p99 }, 20).level).toBe(level);
  });

  it.for([
    [
      [38_000, 0],
      ["ok", "ok"],
    ],
    [
      [0, 0],
      ["ok", "unknown"],
    ],
    [
      [38_001, 38_001],
      ["ok", "failed"],
    ],
    [
      [38_000, 38_000],
      ["ok", "warning"],
    ],
    [[38_000], ["failed"]],
    [[40_000, 0], ["failed"]],
  ] as const)("about a decision with the codes %j is %j", ([codes, levels], { expect }) => {
    const accounts = [RESERVED.blocked, RESERVED.other];
    const reply = {
      ActionStatus: "OK",
      ErrorCode: 0,
      ErrorInfo: "",
      ResultItem: codes.map((ResultCode, index) => ({
        To_Account: accounts[index],
        ResultCode,
        ResultInfo: "",
      })),
    };
    const url = new URL("https://friendgate.example");
    const findings = decisionFindings({ url, body: "", received: received(reply) });
    expect(findings.map(({ level }) => level)).toEqual(levels);
  });

  it.for([200, 401, 403, 404, 500])(
    "about a first answer with %i is no pass",
    (status, { expect }) => {
      expect(signedFinding({ received: received("not friendgate", status) }).level).toBe("failed");
    },
  );
});
