import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, it } from "vitest";
import { createTestHarness } from "wrangler";
import { outputOf } from "../../tools/lib/child.ts";
import { root } from "../../tools/lib/wrangler.ts";
import { FORBIDDEN } from "../support/cloudflare/faults.ts";
import { type Cloudflare, startCloudflare } from "../support/cloudflare.ts";
import { copyOfProject, runCommand } from "../support/commands.ts";
import { changesIn, type DeployOptions, deploy } from "../support/deploy.ts";

const APP_ID = "1400000321";
const CALLBACK_TOKEN = "0123456789abcdef-callback-secret";
const API_TOKEN = "0123456789abcdef-api-secret";
const DEAD_LETTER_QUEUES = ["friend-events-dlq", "backend-callbacks-dlq"];
const STEPS = "login values blocklist database queues migrations upload doctor".split(" ");

/** What runs behind every address of workers.dev here, so that the doctor has somebody to examine. */
const harness = createTestHarness({
  workers: [
    {
      configPath: join(root, "wrangler.toml"),
      vars: { SDK_APP_ID: APP_ID },
      secrets: { CALLBACK_TOKEN, API_TOKEN },
    },
  ],
});

let values: Record<string, string>;
beforeAll(async () => {
  const WORKERS_DEV = (await harness.listen()).url.href;
  await harness.getWorker("friendgate").applyD1Migrations("DB");
  values = { SDK_APP_ID: APP_ID, CALLBACK_TOKEN, API_TOKEN, WORKERS_DEV };
});
afterAll(() => harness.close());

const doubles: Cloudflare[] = [];
const copies: string[] = [];
afterAll(async () => {
  for (const copy of copies) rmSync(copy, { recursive: true });
  for (const double of doubles) await double.close();
});

/** An account with nothing in it, and a copy of the project. */
async function begin() {
  const cloudflare = await startCloudflare();
  const project = copyOfProject();
  doubles.push(cloudflare);
  copies.push(project);
  return {
    cloudflare,
    project,
    run: (args: readonly string[] = [], options: DeployOptions = {}) =>
      deploy(project, cloudflare, args, { ...options, env: { ...values, ...options.env } }),
    /** What lies in the folder for temporary files, which the copy is here. */
    leftovers: () => readdirSync(project).filter((name) => name.startsWith("friendgate-")),
  };
}

afterEach(({ expect }) => {
  for (const { unknown } of doubles) expect(unknown).toEqual([]);
});

const stepsDone = (stdout: string) => [...stdout.matchAll(/^✓ ([^:]+):/gm)].map(([, name]) => name);

describe("npm run deploy", () => {
  it("makes, migrates and uploads all, keeps it the next time, and has an environment beside it", async ({
    expect,
  }) => {
    const { cloudflare, project, run, leftovers } = await begin();

    const dry = await run(["--dry-run"]);
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(stepsDone(dry.stdout)).toEqual(STEPS);
    expect(changesIn(dry)).toEqual([]);

    const first = await run([], { watched: true });
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(stepsDone(first.stdout)).toEqual(STEPS);
    expect(first.stdout).toContain("callback URL: https://friendgate.double.workers.dev/\n");
    for (const queue of DEAD_LETTER_QUEUES) {
      expect(first.stdout).toContain(`${queue}: created, keeps messages for 14 days`);
    }
    expect(first.stdout).toMatch(/✓ doctor: 2\d of 31 checks are ok/);

    const seen = [...first.commands].join("\n") + first.stdout + first.stderr;
    expect([...first.commands].some((command) => command.includes("--secrets-file"))).toBe(true);
    for (const secret of [CALLBACK_TOKEN, API_TOKEN]) expect(seen).not.toContain(secret);
    const written = `${project}/.wrangler/friendgate/friendgate.json`;
    expect(readFileSync(written, "utf8")).not.toContain(CALLBACK_TOKEN);
    expect(leftovers()).toEqual([]);

    const { namespaces, databases, queues } = cloudflare.state;
    const [namespace] = namespaces;
    const [database] = databases;
    const worker = cloudflare.worker("friendgate");
    expect(worker?.metadata).toMatchObject({ compatibility_date: "2026-09-18" });
    expect(worker?.bindings.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: "ASSETS", type: "assets" },
      { name: "BACKEND_CALLBACKS", type: "queue", queue_name: "backend-callbacks" },
      { name: "BLOCKLIST", type: "kv_namespace", namespace_id: namespace?.id },
      { name: "CF_VERSION_METADATA", type: "version_metadata" },
      { name: "DB", type: "d1", id: database?.uuid },
      { name: "DEAD_LETTER_QUEUE", type: "plain_text", text: DEAD_LETTER_QUEUES.join(",") },
      { name: "FRIEND_EVENTS", type: "queue", queue_name: "friend-events" },
      { name: "SDK_APP_ID", type: "plain_text", text: APP_ID },
      {
        ...{ name: "SIGN_IN_RATE", type: "ratelimit", namespace_id: "1002" },
        simple: { limit: 10, period: 60 },
      },
    ]);
    expect(worker?.assets).toEqual(["/openapi.json"]);
    expect(worker?.secrets).toEqual({ CALLBACK_TOKEN, API_TOKEN });
    expect(worker?.script.schedules).toEqual(["23 * * * *"]);
    expect(
      queues.map(({ queue_name, settings, consumers }) => [
        queue_name,
        settings.message_retention_period,
        consumers.map(({ consumer_id: _, ...consumer }) => consumer),
      ]),
    ).toEqual([
      ...DEAD_LETTER_QUEUES.map((queue) => [
        queue,
        1_209_600,
        [
          {
            type: "worker",
            script: "friendgate",
            settings: expect.objectContaining({
              batch_size: 100,
              max_wait_time_ms: 30_000,
              max_retries: 100,
              max_concurrency: 1,
            }),
          },
        ],
      ]),
      ...[
        { queue: "friend-events", batch_size: 100, max_concurrency: 4 },
        { queue: "backend-callbacks", batch_size: 40, max_concurrency: 2 },
      ].map(({ queue, ...own }) => [
        queue,
        345_600,
        [
          {
            type: "worker",
            script: "friendgate",
            dead_letter_queue: `${queue}-dlq`,
            settings: expect.objectContaining({
              max_wait_time_ms: 1_000,
              max_retries: 100,
              ...own,
            }),
          },
        ],
      ]),
    ]);
    const tables = "SELECT name FROM d1_migrations ORDER BY name";
    const migrations = readdirSync(join(root, "migrations"));
    expect(database?.query(tables).map(({ name }) => name)).toEqual(migrations);

    // Whoever moderates has a token since then.
    const MODERATOR_TOKEN = "token-of-who-moderates";
    Object.assign(worker?.secrets ?? {}, { MODERATOR_TOKEN });
    // The next version brings a migration. Nobody knows the secrets any more.
    writeFileSync(join(project, "migrations/0999_next.sql"), "CREATE TABLE next (id TEXT);\n");
    const second = await run([], { env: { CALLBACK_TOKEN: "", API_TOKEN: "" } });
    expect(second).toMatchObject({ code: 0, stderr: "" });
    expect(second.stdout).toContain("already there: CALLBACK_TOKEN, API_TOKEN, MODERATOR_TOKEN");
    expect(second.stdout).toContain("✓ migrations: applied 0999_next.sql\n");
    const migrated = second.requests.findLastIndex((request) => request.endsWith("/query"));
    const uploaded = second.requests.indexOf("POST /workers/scripts/friendgate/versions");
    expect(migrated).toBeGreaterThan(0);
    expect(uploaded).toBeGreaterThan(migrated);
    // What was there is as it was: the code is new, and its consumers are told the same again.
    expect(changesIn(second).filter((change) => !/\/workers\/|\/consumers\//.test(change))).toEqual(
      [],
    );
    expect(cloudflare.state).toMatchObject({ namespaces: [namespace], queues: [{}, {}, {}, {}] });
    expect(cloudflare.worker("friendgate")).toMatchObject({
      bindings: expect.arrayContaining([
        { name: "BLOCKLIST", type: "kv_namespace", namespace_id: namespace?.id },
      ]),
      secrets: { CALLBACK_TOKEN, API_TOKEN, MODERATOR_TOKEN },
    });

    // On a plan that keeps no message for 14 days.
    cloudflare.state.plan = "free";
    const staging = await run(["--env", "staging"], { env: { API_TOKEN: "" } });
    expect(staging).toMatchObject({ code: 0, stderr: "" });
    expect(staging.stdout).toMatch(
      /^ {2}warning: friend-events-dlq-staging keeps messages for the plan's default time.*\(.+\)/m,
    );
    expect(staging.stdout).toContain("https://friendgate-staging.double.workers.dev/\n");
    const names = cloudflare.state.queues.map(({ queue_name: name }) => name);
    expect(names).toEqual([
      ...[...DEAD_LETTER_QUEUES, "friend-events", "backend-callbacks"],
      ...["friend-events-dlq-staging", "backend-callbacks-dlq-staging"],
      ...["friend-events-staging", "backend-callbacks-staging"],
    ]);
    expect(databases.map(({ name }) => name)).toEqual(["friendgate", "friendgate-staging"]);
    expect(cloudflare.worker("friendgate-staging")).toMatchObject({
      secrets: { CALLBACK_TOKEN },
      bindings: expect.arrayContaining([
        {
          name: "DEAD_LETTER_QUEUE",
          type: "plain_text",
          text: "friend-events-dlq-staging,backend-callbacks-dlq-staging",
        },
        {
          name: "BACKEND_CALLBACKS",
          type: "queue",
          queue_name: "backend-callbacks-staging",
        },
        { name: "DB", type: "d1", id: databases[1]?.uuid },
        { name: "BLOCKLIST", type: "kv_namespace", namespace_id: namespaces[1]?.id },
      ]),
    });
    expect(changesIn(staging).filter((change) => /friendgate(?:$|\/)/.test(change))).toEqual([]);

    // The other tools find what belongs to it.
    namespaces[1]?.values.set("user:spammer", { value: Buffer.from("no spam here") });
    for (const [tool, printed] of [
      ["blocklist", "1 rule in the account (remote, staging)."],
      ["dead-letters", "there is none"],
    ] as const) {
      const args = [join(project, `tools/${tool}/main.ts`), "list", "--env", "staging"];
      const ran = await runCommand(process.execPath, args, cloudflare.env, project);
      expect(ran.stdout + ran.stderr).toContain(printed);
    }
  });

  it("makes and migrates every database that is bound, and checks SHARDS before", async ({
    expect,
  }) => {
    const { cloudflare, project, run } = await begin();
    const bindings = { DB: "friendgate", DB_2: "friendgate-2", RECORDS: "friendgate-records" };
    const team = (shards: string) =>
      writeFileSync(
        join(project, "friendgate.toml"),
        `[vars]\nSHARDS = "${shards}"\n${Object.entries(bindings)
          .map(
            ([binding, name]) =>
              `[[d1_databases]]\nbinding = "${binding}"\ndatabase_name = "${name}"\nmigrations_dir = "migrations"\n`,
          )
          .join("")}`,
      );
    for (const [shards, problem] of [
      ["DB 0-511", "SHARDS gives slot 512 to no database"],
      ["DB 0-511, DB_3 512-1023", "SHARDS has DB_3, which is bound to no D1 database"],
    ] as const) {
      team(shards);
      const refused = await run();
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(`values: ${problem}`);
      expect(changesIn(refused)).toEqual([]);
    }

    team("DB 0-511, DB_2 512-1023");
    const first = await run();
    expect(first).toMatchObject({ code: 0, stderr: "" });
    expect(first.stdout).toContain(
      "✓ database: friendgate: created, friendgate-2: created, friendgate-records: created\n",
    );
    const migrations = readdirSync(join(root, "migrations"));
    for (const { query } of cloudflare.state.databases) {
      const names = query("SELECT name FROM d1_migrations ORDER BY name").map(({ name }) => name);
      expect(names).toEqual(migrations);
    }
    const bound = cloudflare.worker("friendgate")?.bindings.filter(({ type }) => type === "d1");
    expect(bound?.map(({ name }) => name).toSorted()).toEqual(Object.keys(bindings));
    const second = await run();
    expect(second.stdout).toContain(
      "✓ migrations: DB: already there; DB_2: already there; RECORDS: already there\n",
    );
    expect(cloudflare.state.databases).toHaveLength(3);
  });

  it("goes on from where it was interrupted, after any step", async ({ expect }) => {
    const { cloudflare, run, leftovers } = await begin();
    for (const until of STEPS.slice(1, -1)) {
      const ran = await run([], { until });
      expect(ran.code, until).toBe(130);
      expect(ran.stderr, until).toContain("interrupted\n  → run it again: it goes on from here");
      expect(leftovers()).toEqual([]);
    }
    const last = await run();
    expect(last).toMatchObject({ code: 0, stderr: "" });
    expect(stepsDone(last.stdout)).toEqual(STEPS);
    const { namespaces, databases, queues } = cloudflare.state;
    expect([namespaces, databases, queues].map(({ length }) => length)).toEqual([1, 1, 4]);
    expect(cloudflare.worker("friendgate")?.secrets).toEqual({ CALLBACK_TOKEN, API_TOKEN });
  });

  it("says which step failed, why, and which permission is missing", async ({ expect }) => {
    const { cloudflare, run } = await begin();
    cloudflare.fail({ path: /\/d1\//, answer: FORBIDDEN });
    const { code, stdout, stderr } = await run();
    expect(code).toBe(3);
    expect(stdout).toContain("✓ blocklist: friendgate-blocklist: created\n");
    expect(stderr).toMatch(
      /^friendgate: database: wrangler d1 list: .*Authentication error \[code: 10000\]/,
    );
    expect(stderr).toContain('→ give the API token the permission "D1: Edit"');
    expect(stderr).toContain("run it again: it goes on from here");
  });

  it.runIf(process.platform === "linux")(
    "asks in a terminal, and makes the secrets",
    async ({ expect }) => {
      const { cloudflare, project } = await begin();
      const { CI: _, ...others } = { ...process.env, ...cloudflare.env };
      const env = { ...others, SDK_APP_ID: "", CALLBACK_TOKEN: "", API_TOKEN: "" };
      const command = `${process.execPath} ${project}/tools/deploy/main.ts --dry-run`;
      const terminal = spawn("script", ["-qefc", command, "/dev/null"], { env });
      const answers: [RegExp, string][] = [
        [/SDKAppID of your app/, APP_ID],
        [/Enter makes one/, ""],
        [/read API wanted/, "y"],
      ];
      terminal.stdout.on("data", (data) => {
        const [next] = answers;
        if (next?.[0].test(String(data))) terminal.stdin.write(`${answers.shift()?.[1]}\n`);
      });
      const { code, stdout } = await outputOf(terminal);
      expect(stdout).toContain(`✓ values: app ${APP_ID}; new: CALLBACK_TOKEN, API_TOKEN`);
      expect(code).toBe(0);
    },
  );

  it("is what the commands of docs/deploy.md do by hand", async ({ expect }) => {
    const { cloudflare, project } = await begin();
    const text = readFileSync(join(root, "docs/deploy.md"), "utf8");
    const [, block = ""] = /## By hand\n[\s\S]*?```sh\n([\s\S]*?)```/.exec(text) ?? [];
    writeFileSync(join(project, "secrets.json"), JSON.stringify({ CALLBACK_TOKEN }));
    for (const command of block.trim().split("\n")) {
      const ran = await runCommand("sh", ["-c", command], cloudflare.env, project);
      expect({ command, ...ran }).toMatchObject({ code: 0 });
    }
    expect(cloudflare.worker("friendgate")).toMatchObject({
      secrets: { CALLBACK_TOKEN },
      bindings: expect.arrayContaining([
        { name: "SDK_APP_ID", type: "plain_text", text: "1400000000" },
        { name: "DEAD_LETTER_QUEUE", type: "plain_text", text: DEAD_LETTER_QUEUES.join(",") },
      ]),
    });
  });

  it.for([
    [
      { SDK_APP_ID: "" },
      /^friendgate: values: SDK_APP_ID is not set\n {2}→ set SDK_APP_ID in the env/,
    ],
    [
      { CALLBACK_TOKEN: "" },
      /^friendgate: values: CALLBACK_TOKEN is not set\n {2}→ set CALLBACK_TOKEN in/,
    ],
    [
      { CALLBACK_TOKEN: "local-callback-token" },
      /^friendgate: values: CALLBACK_TOKEN is the public value/,
    ],
    [{ API_TOKEN: "short-secret" }, /^friendgate: values: API_TOKEN is shorter than 16 characters/],
  ])("asks nothing where nobody is, and refuses %j", async ([env, words], { expect }) => {
    const { cloudflare, project, run } = await begin();
    const ran = await run([], { env: env as Record<string, string> });
    expect(ran.code).toBe(2);
    expect(ran.stderr).toMatch(words as RegExp);
    expect(ran.stderr).not.toContain("short-secret");
    expect(changesIn(ran)).toEqual([]);
    expect(cloudflare.state.scripts.size).toBe(0);
    expect(existsSync(join(project, "friendgate.toml"))).toBe(false);
  });
});
