import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withVar } from "../../tools/deploy/team-file.ts";
import { addressIn } from "../../tools/deploy/upload.ts";
import { localConfig, readConfig } from "../../tools/lib/config.ts";
import { cronProblems } from "../../tools/lib/crons.ts";
import { databaseProblems } from "../../tools/lib/databases.ts";

const TRACKED = `
name = "friendgate"
main = "src/index.ts"
[vars]
DEAD_LETTER_QUEUE = "friend-events-dlq,backend-callbacks-dlq"
RESPONSE_DAYS = "30"
[secrets]
required = ["CALLBACK_TOKEN"]
[[kv_namespaces]]
binding = "BLOCKLIST"
[[d1_databases]]
binding = "DB"
database_name = "friendgate"
migrations_dir = "migrations"
[[queues.producers]]
binding = "FRIEND_EVENTS"
queue = "friend-events"
[[queues.producers]]
binding = "BACKEND_CALLBACKS"
queue = "backend-callbacks"
[[queues.consumers]]
queue = "friend-events"
dead_letter_queue = "friend-events-dlq"
[[queues.consumers]]
queue = "friend-events-dlq"
[[queues.consumers]]
queue = "backend-callbacks"
dead_letter_queue = "backend-callbacks-dlq"
[[queues.consumers]]
queue = "backend-callbacks-dlq"
[observability]
enabled = true
[observability.logs]
invocation_logs = false
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "friendgate-"));
  writeFileSync(join(folder, "wrangler.toml"), TRACKED);
});
afterEach(() => rmSync(folder, { recursive: true }));

const team = (text: string) => writeFileSync(join(folder, "friendgate.toml"), text);
const read = (env?: string) => readConfig(env, folder);

describe("the configuration for wrangler", () => {
  it("is the tracked one where a team has no file", ({ expect }) => {
    expect(read()).toMatchObject({ name: "friendgate", vars: { RESPONSE_DAYS: "30" } });
  });

  it("has the team's tables merged in, and the team's lists in place of its own", ({ expect }) => {
    team(`
routes = [{ pattern = "im.example.com", custom_domain = true }]
kv_namespaces = [{ binding = "BLOCKLIST", id = "abc" }]
[vars]
SDK_APP_ID = "1400000001"
[observability]
head_sampling_rate = 0.1
[env.staging]
name = "other"`);
    const { env: _, ...config } = read() as unknown as Record<string, unknown>;
    expect(_).toBeUndefined();
    expect(config).toMatchObject({
      name: "friendgate",
      routes: [{ pattern: "im.example.com", custom_domain: true }],
      kv_namespaces: [{ binding: "BLOCKLIST", id: "abc" }],
      vars: { SDK_APP_ID: "1400000001", RESPONSE_DAYS: "30" },
      observability: { enabled: true, head_sampling_rate: 0.1, logs: { invocation_logs: false } },
    });
  });

  it("gives an environment names of its own, and takes over nothing that is another's", ({
    expect,
  }) => {
    team(`
routes = ["im.example.com/*"]
workers_dev = false
account_id = "one"
kv_namespaces = [{ binding = "BLOCKLIST", id = "abc" }]
[[ratelimits]]
name = "REQUEST_RATE"
namespace_id = "1001"
simple = { limit = 30, period = 60 }
[vars]
SDK_APP_ID = "1400000001"
BLOCKLIST_KINDS = "pair"
[env.staging.vars]
RESPONSE_DAYS = "3"`);
    const config = read("staging");
    expect(config).toMatchObject({
      name: "friendgate-staging",
      account_id: "one",
      kv_namespaces: [{ binding: "BLOCKLIST" }],
      d1_databases: [{ binding: "DB", database_name: "friendgate-staging" }],
      queues: {
        producers: [
          { binding: "FRIEND_EVENTS", queue: "friend-events-staging" },
          { binding: "BACKEND_CALLBACKS", queue: "backend-callbacks-staging" },
        ],
        consumers: [
          { queue: "friend-events-staging", dead_letter_queue: "friend-events-dlq-staging" },
          { queue: "friend-events-dlq-staging" },
          {
            queue: "backend-callbacks-staging",
            dead_letter_queue: "backend-callbacks-dlq-staging",
          },
          { queue: "backend-callbacks-dlq-staging" },
        ],
      },
      // Its counts are by app, and so are shared by no two deployments.
      ratelimits: [
        { name: "REQUEST_RATE", namespace_id: "1001", simple: { limit: 30, period: 60 } },
      ],
      vars: {
        DEAD_LETTER_QUEUE: "friend-events-dlq-staging,backend-callbacks-dlq-staging",
        BLOCKLIST_KINDS: "pair",
        RESPONSE_DAYS: "3",
      },
    });
    expect(config.kv_namespaces[0]).not.toHaveProperty("id");
    expect(config.vars).not.toHaveProperty("SDK_APP_ID");
    for (const setting of ["route", "routes", "workers_dev"]) {
      expect(config).not.toHaveProperty(setting);
    }
  });

  it("lays the environment's own table over last, and knows its dead letter queue", ({
    expect,
  }) => {
    team(`
[env.eu]
workers_dev = true
[env.eu.queues]
producers = [{ binding = "FRIEND_EVENTS", queue = "events-eu" }]
consumers = [{ queue = "events-eu", dead_letter_queue = "lost" }, { queue = "lost" }]`);
    expect(read("eu")).toMatchObject({ workers_dev: true, vars: { DEAD_LETTER_QUEUE: "lost" } });
  });

  const more = (binding: string) =>
    `[[d1_databases]]\nbinding = "${binding}"\ndatabase_name = "x"\nmigrations_dir = "migrations"\n`;

  it.for([
    ["", []],
    [`${more("DB")}${more("DB_2")}${more("RECORDS")}`, []],
    [`[vars]\nSHARDS = "DB 0-511, DB_2 512-1023"\n${more("DB")}${more("DB_2")}`, []],
    [more("DB_2"), ["DB is bound to no D1 database: see wrangler.toml"]],
    [
      '[vars]\nSHARDS = "DB 0-511"',
      [expect.stringContaining("SHARDS gives slot 512 to no database")],
    ],
    [
      '[vars]\nSHARDS = "DB 0-511, DB_2 512-1023"',
      [expect.stringContaining("SHARDS has DB_2, which is bound to no")],
    ],
  ] as [string, unknown[]][])("with %j has the problems %j", ([text, problems], { expect }) => {
    team(text);
    expect(databaseProblems(read())).toEqual(problems);
  });

  const crons = (...list: string[]) => `[triggers]\ncrons = ${JSON.stringify(list)}\n`;
  const on = '[vars]\nBLOCKLIST_FILTER = "true"\n';
  it.for([
    ["", undefined],
    [crons("* * * * *"), undefined],
    [`${on}${crons("23 * * * *", "* * * * *")}`, undefined],
    [on, "no cron makes the filter"],
    [`${on}${crons("23 * * * *", "*/5 * * * *")}`, "no cron makes the filter"],
    [`${on}${crons("* * * * *")}`, "nothing removes what is old"],
    [`[vars]\nBLOCKLIST_FILTER = "false"\n`, undefined],
  ] as const)("with %j has crons about which it says %s", ([text, problem], { expect }) => {
    team(text);
    const expected = problem === undefined ? [] : [expect.stringContaining(problem)];
    expect(cronProblems(read())).toEqual(expected);
  });

  it("refuses what only npm start sets, and says which file is no TOML", ({ expect }) => {
    team('[vars]\nLOCAL = "true"');
    expect(() => read()).toThrow("LOCAL stands under [vars] in friendgate.toml");
    team("[vars\n");
    expect(() => read()).toThrow(join(folder, "friendgate.toml"));
  });

  it("of npm start has no ids, and names the secrets in place of vars", ({ expect }) => {
    team(`
kv_namespaces = [{ binding = "BLOCKLIST", id = "abc" }]
[vars]
SDK_APP_ID = "1400000001"`);
    const config = localConfig(read(), ["SDK_APP_ID", "CALLBACK_TOKEN"]);
    expect(config.kv_namespaces).toEqual([{ binding: "BLOCKLIST" }]);
    expect(config.secrets.required).toEqual(["SDK_APP_ID", "CALLBACK_TOKEN"]);
    expect(config.vars).toEqual({
      LOCAL: "true",
      RESPONSE_DAYS: "30",
      DEAD_LETTER_QUEUE: "friend-events-dlq,backend-callbacks-dlq",
    });
  });
});

describe("the SDKAppID in the team's file", () => {
  it.for([
    ["", "vars", '[vars]\nSDK_APP_ID = "7"\n'],
    ["# ours\nname = 'x'\n", "vars", "# ours\nname = 'x'\n\n[vars]\nSDK_APP_ID = \"7\"\n"],
    ["[vars] # ours\nA = 1\n", "vars", '[vars] # ours\nSDK_APP_ID = "7"\nA = 1\n'],
    ["[vars]\nA = 1\n", "env.eu.vars", '[vars]\nA = 1\n\n[env.eu.vars]\nSDK_APP_ID = "7"\n'],
  ] as const)("is added to %j", ([before, table, after], { expect }) => {
    expect(withVar(before, table, "7")).toBe(after);
  });

  it("is not added where that would break the file", ({ expect }) => {
    expect(() => withVar("vars = { A = 1 }\n", "vars", "7")).toThrow("cannot be added to");
  });
});

describe("the address in what wrangler has deployed", () => {
  it.for([
    [
      ["https://friendgate.x.workers.dev", "schedule: 23 * * * *"],
      "https://friendgate.x.workers.dev",
    ],
    [
      ["https://friendgate.x.workers.dev", "im.example.com (custom domain)"],
      "https://im.example.com",
    ],
    [["im.example.com/* (zone name: example.com)"], "https://im.example.com"],
    [["Producer for friend-events", "Consumer for friend-events"], undefined],
  ] as const)("of %j is %s", ([targets, address], { expect }) => {
    const output = ['{"type":"wrangler-session"}', JSON.stringify({ type: "deploy", targets }), ""];
    expect(addressIn(output.join("\n"))).toBe(address);
  });
});
