import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FORBIDDEN } from "../support/cloudflare/faults.ts";
import { statementsOf } from "../support/cloudflare/sql.ts";
import { type Cloudflare, type Options, startCloudflare } from "../support/cloudflare.ts";
import { wranglerOf } from "../support/wrangler.ts";

let cloudflare: Cloudflare;
let folder: string;
let wrangler: ReturnType<typeof wranglerOf>;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "friendgate-test-"));
  await restart();
});

afterEach(async () => {
  expect(cloudflare.unknown).toEqual([]);
  await cloudflare.close();
  rmSync(folder, { recursive: true });
});

describe("what there is once", () => {
  it.each([
    { what: "kv namespace", name: "rules", refusal: 'title "rules" already exists' },
    { what: "d1", name: "friends", refusal: "database with that name already exists" },
    { what: "queues", name: "changes", refusal: "'changes' is already taken. [code: 11009]" },
  ])("is created and listed, and refused a second time: $what", async ({ what, name, refusal }) => {
    const words = what.split(" ");
    await wrangler.succeeds(...words, "create", name);
    expect(await wrangler.fails(...words, "create", name)).toContain(refusal);
    expect(await wrangler.succeeds(...words, "list")).toContain(name);
  });

  it("is a queue with the retention that was asked for, where the plan has it", async () => {
    const create = ["queues", "create", "letters", "--message-retention-period-secs", "1209600"];
    await wrangler.succeeds(...create);
    expect(cloudflare.state.queues).toMatchObject([
      { queue_name: "letters", settings: { message_retention_period: 1_209_600 } },
    ]);

    await restart({ plan: "free" });
    expect(await wrangler.fails(...create)).toContain("The specified queue settings are invalid.");
    expect(cloudflare.state.queues).toEqual([]);
  });

  it("is a namespace that keeps its keys", async () => {
    await wrangler.succeeds("kv", "namespace", "create", "rules");
    const flags = ["--namespace-id", cloudflare.state.namespaces[0]?.id ?? "", "--remote"];
    const pairs = [
      { key: "a:1", value: "x" },
      { key: "b/2 é", value: "y" },
    ];
    await wrangler.succeeds(
      "kv",
      "bulk",
      "put",
      file("pairs.json", JSON.stringify(pairs)),
      ...flags,
    );
    expect(await wrangler.succeeds("kv", "key", "get", "b/2 é", ...flags)).toContain("y");
    expect(JSON.parse(await wrangler.succeeds("kv", "key", "list", ...flags))).toEqual([
      { name: "a:1" },
      { name: "b/2 é" },
    ]);
  });
});

describe("an upload", () => {
  it.each([
    [{ type: "kv_namespace", namespace_id: "0".repeat(32) }, 10041],
    [{ type: "d1", id: "00000000-0000-0000-0000-000000000000" }, 10181],
    [{ type: "queue", queue_name: "nobody" }, 11000],
    [{ type: "service", service: "nobody" }, 10143],
    [{ type: "inherit" }, 10057],
    [{ type: "unheard-of" }, 10021],
  ])("is refused with a binding to what was not created: %o", async (binding, code) => {
    const form = new FormData();
    const metadata = { main_module: "index.js", bindings: [{ name: "B", ...binding }] };
    form.set("metadata", JSON.stringify(metadata));
    form.set("index.js", new File(["export default {}"], "index.js"));
    const path = `/accounts/${cloudflare.state.id}/workers/scripts/tiny?bindings_inherit=strict`;
    expect(await request("PUT", path, form)).toMatchObject({
      success: false,
      errors: [{ code }],
    });
    expect(cloudflare.state.scripts.size).toBe(0);
  });

  it("is not made where a queue to consume is missing", async () => {
    tinyWorker({ queues: { consumers: [{ queue: "nobody" }] } });
    expect(await wrangler.fails("deploy")).toContain('Queue "nobody" does not exist.');
    expect(cloudflare.state.scripts.size).toBe(0);
  });

  it("does not run before its deployment, and no secret can be changed until then", async () => {
    tinyWorker();
    await wrangler.succeeds("deploy");
    const first = cloudflare.worker("tiny").id;

    cloudflare.fail({ method: "POST", path: /\/deployments$/, answer: FORBIDDEN });
    expect(await wrangler.fails("deploy")).toContain("Authentication error [code: 10000]");
    expect(cloudflare.worker("tiny").id).toBe(first);
    const secrets = ["secret", "bulk", file("secrets.json", '{"S":"1"}')];
    expect(await wrangler.fails(...secrets)).toContain("code: 10215");

    cloudflare.heal();
    await wrangler.succeeds("deploy");
    await wrangler.succeeds(...secrets);
    expect(cloudflare.worker("tiny").secrets).toEqual({ S: "1" });
  });

  it("needs a workers.dev subdomain, which CI registers for nobody", async () => {
    await restart({ subdomain: null });
    tinyWorker();
    expect(await wrangler.fails("deploy")).toContain("register a workers.dev subdomain");
    expect(cloudflare.state.scripts.size).toBe(0);
  });
});

describe("the double itself", () => {
  it("lets in who has its token, and records what it does not know", async () => {
    expect(await wrangler.succeeds("whoami")).toContain(cloudflare.state.id);
    expect(await request("GET", "/zones")).toMatchObject({ errors: [{ code: 7003 }] });
    expect(cloudflare.unknown.splice(0)).toEqual(["GET /zones"]);
    const env = { CLOUDFLARE_API_TOKEN: "another" };
    const { code, stderr, stdout } = await wrangler.run(["queues", "list"], env);
    expect(`${code} ${stdout}${stderr}`).toMatch(/^1 [\s\S]*code: 9109/);
  });

  it("fails from a request on, for a number of requests, carried out or not", async () => {
    const path = `/accounts/${cloudflare.state.id}/queues`;
    const create = (queue_name: string) => request("POST", path, JSON.stringify({ queue_name }));
    cloudflare.fail({ after: 1, times: 1, answer: FORBIDDEN });
    cloudflare.fail({ method: "POST", after: 2, times: 1, answer: "cut", carriedOut: true });
    expect(await create("a")).toMatchObject({ success: true });
    expect(await create("b")).toMatchObject({ success: false, errors: [{ code: 10000 }] });
    await expect(create("c")).rejects.toThrow();
    expect(await create("c")).toMatchObject({ success: false, errors: [{ code: 11009 }] });
    expect(cloudflare.requests.map(({ status }) => status)).toEqual([200, 403, "cut", 409]);
  });

  it("executes every statement or none", async () => {
    const base = `/accounts/${cloudflare.state.id}/d1/database`;
    await request("POST", base, JSON.stringify({ name: "friends" }));
    const sql = "CREATE TABLE a (b); INSERT INTO nobody VALUES (1)";
    expect(await request("POST", `${base}/friends/query`, JSON.stringify({ sql }))).toMatchObject({
      errors: [{ code: 7500, message: "no such table: nobody: SQLITE_ERROR" }],
    });
    expect(cloudflare.state.databases[0]?.query("SELECT * FROM sqlite_master")).toEqual([]);
  });

  it("tells statements apart", () => {
    const trigger =
      "CREATE TRIGGER t AFTER INSERT ON a BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 END; SELECT 1; END";
    const text = `-- first; no\nSELECT ';' ; /* ; */ ${trigger};\n;`;
    expect(statementsOf(text)).toEqual(["-- first; no\nSELECT ';'", `/* ; */ ${trigger}`]);
  });
});

async function restart(options?: Options) {
  await cloudflare?.close();
  cloudflare = await startCloudflare(options);
  wrangler = wranglerOf(cloudflare, folder);
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

function tinyWorker(config: object = {}) {
  file("index.js", "export default { fetch() {}, queue() {} }");
  const rest = { name: "tiny", main: "index.js", compatibility_date: "2026-09-18" };
  file("wrangler.json", JSON.stringify({ ...rest, ...config }));
}

async function request(method: string, path: string, body: BodyInit | null = null) {
  const headers = { authorization: `Bearer ${cloudflare.env.CLOUDFLARE_API_TOKEN}` };
  const response = await fetch(cloudflare.url + path, { method, headers, body });
  return response.json();
}
