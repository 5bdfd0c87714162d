import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { root } from "../../tools/lib/wrangler.ts";
import { type Cloudflare, startCloudflare } from "../support/cloudflare.ts";
import { copyOfProject } from "../support/commands.ts";
import { wranglerOf } from "../support/wrangler.ts";

// What the real wrangler does with this project in an empty account: `npm run deploy` builds on it.

/** Queues that are only consumed: wrangler makes none of these. */
const DEAD_LETTER_QUEUES = ["friend-events-dlq", "backend-callbacks-dlq"];

let cloudflare: Cloudflare;
let folder: string;
let wrangler: ReturnType<typeof wranglerOf>;

beforeEach(async () => {
  cloudflare = await startCloudflare();
  folder = copyOfProject();
  wrangler = wranglerOf(cloudflare, folder);
  const toml = readFileSync(join(root, "wrangler.toml"), "utf8");
  file("wrangler.toml", toml.replace(/^(id|database_id) = .*\n/gm, ""));
  file("secrets", "CALLBACK_TOKEN=one\nAPI_TOKEN=two\n");
});

afterEach(async () => {
  expect(cloudflare.unknown).toEqual([]);
  await cloudflare.close();
  rmSync(folder, { recursive: true });
});

describe("this project, without ids", () => {
  it("is provisioned by the first deploy, and not again by the second", async () => {
    for (const queue of DEAD_LETTER_QUEUES) await wrangler.succeeds("queues", "create", queue);
    await wrangler.succeeds("deploy", "--secrets-file", "secrets");
    const { namespaces, databases, queues } = cloudflare.state;
    expect(namespaces).toMatchObject([{ title: "friendgate-blocklist" }]);
    expect(databases).toMatchObject([{ name: "friendgate" }]);
    const consumer = { script: "friendgate" };
    const settings = { max_wait_time_ms: 1000, max_retries: 100 };
    expect(queues).toMatchObject([
      ...DEAD_LETTER_QUEUES.map((name) => ({ queue_name: name, consumers: [consumer] })),
      {
        queue_name: "friend-events",
        settings: { message_retention_period: 345_600 },
        consumers: [
          {
            ...consumer,
            dead_letter_queue: "friend-events-dlq",
            settings: { ...settings, batch_size: 100 },
          },
        ],
      },
      {
        queue_name: "backend-callbacks",
        settings: { message_retention_period: 345_600 },
        consumers: [
          {
            ...consumer,
            dead_letter_queue: "backend-callbacks-dlq",
            settings: { ...settings, batch_size: 40 },
          },
        ],
      },
    ]);
    const bindings = [
      { name: "BLOCKLIST", type: "kv_namespace", namespace_id: namespaces[0]?.id },
      { name: "DB", type: "d1", id: databases[0]?.uuid },
      { name: "FRIEND_EVENTS", type: "queue", queue_name: "friend-events" },
      { name: "BACKEND_CALLBACKS", type: "queue", queue_name: "backend-callbacks" },
    ];
    expect(cloudflare.worker("friendgate")).toMatchObject({
      metadata: { main_module: "index.js", compatibility_date: "2026-09-18" },
      bindings: expect.arrayContaining(bindings),
      modules: { "index.js": expect.stringContaining("Sns.CallbackPrevFriendResponse") },
      secrets: { CALLBACK_TOKEN: "one", API_TOKEN: "two" },
      script: { schedules: ["23 * * * *"], subdomain: { enabled: true } },
    });

    await wrangler.succeeds("d1", "migrations", "apply", "DB", "--remote");
    const execute = ["d1", "execute", "DB", "--remote", "--json", "--command"];
    const insert = "INSERT INTO d1_migrations (name) VALUES ('last')";
    expect(await wrangler.succeeds(...execute, insert)).toContain('"changes": 1');
    expect(databases[0]?.query("SELECT * FROM friends")).toEqual([]);
    expect(await wrangler.fails(...execute, "SELECT * FROM nobody")).toContain(
      "no such table: nobody",
    );

    const before = cloudflare.requests.length;
    await wrangler.succeeds("deploy", "--secrets-file", file("others", "CALLBACK_TOKEN=three\n"));
    const created = cloudflare.requests
      .slice(before)
      .filter(
        ({ method, path }) => method === "POST" && /(namespaces|database|queues)$/.test(path),
      );
    expect(created).toEqual([]);
    expect(cloudflare.worker("friendgate")).toMatchObject({
      bindings: expect.arrayContaining(bindings),
      secrets: { CALLBACK_TOKEN: "three", API_TOKEN: "two" },
    });
  });

  it("is not provisioned a second time after an interruption: wrangler wants a new name", async () => {
    for (const queue of DEAD_LETTER_QUEUES) await wrangler.succeeds("queues", "create", queue);
    const deploy = ["deploy", "--secrets-file", "secrets"];
    cloudflare.fail({ method: "POST", path: /\/d1\/database$/, answer: "cut" });
    expect(await wrangler.fails(...deploy)).toContain("fetch failed");
    cloudflare.heal();
    expect(await wrangler.fails(...deploy)).toContain("title already exists [code: 10014]");
  });
});

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}
