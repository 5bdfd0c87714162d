import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, it, vi } from "vitest";
import { type DeadLetter, storeDeadLetters } from "../../src/db/dead-letters.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { slotOf } from "../../src/slots.ts";
import { outputOf } from "../../tools/lib/child.ts";
import { readTruth } from "../../tools/simulate/truth-file.ts";
import { copyOfProject, freePort, runCommand } from "../support/commands.ts";
import { bindingsOf, closeBindings } from "../support/local-storage.ts";
import { PATIENCE } from "../support/patience.ts";

const API_TOKEN = "local-api-token";

const project = copyOfProject();
const truth = join(project, "truth.jsonl");

/** The team's own file, with these databases and this line under [vars]. */
function configure(databases: readonly string[], shards = "") {
  const bound = databases.map((binding) =>
    [
      ...["[[d1_databases]]", `binding = "${binding}"`],
      ...[`database_name = "friendgate-${binding}"`, 'migrations_dir = "migrations"', ""],
    ].join("\n"),
  );
  writeFileSync(join(project, "friendgate.toml"), `[vars]\n${shards}\n${bound.join("")}`);
}

let url = "";
let stop: (() => Promise<void>) | undefined;
async function start() {
  const port = await freePort();
  url = `http://localhost:${port}`;
  const args = [join(project, "tools/start/main.ts"), "--port", String(port)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  const output = outputOf(child);
  const ended = output.then(({ stdout, stderr }) => {
    throw new Error(`npm start ended:\n${stdout}${stderr}`);
  });
  stop = async () => {
    child.kill("SIGTERM");
    await output;
    stop = undefined;
  };
  const up = vi.waitFor(async () => {
    const { status } = await fetch(`${url}/health`);
    if (status !== 200) throw new Error(`HTTP ${status}`);
  }, PATIENCE);
  await Promise.race([up, ended]);
}
afterEach(() => stop?.());
afterAll(async () => {
  await closeBindings();
  rmSync(project, { recursive: true });
});

/** A command as a person types it in the project's folder. */
const run = (command: string, env: Record<string, string> = {}) =>
  runCommand(
    "sh",
    ["-c", command],
    { CALLBACK_URL: url, API_TOKEN, SDK_APP_ID: "", CALLBACK_TOKEN: "", ...env },
    project,
  );

/** Traffic that ends with the tables as the truth is. */
async function traffic(prefix: string, more = "", env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await run(
    `npm run -s simulate -- traffic --users 150 --events 800 --rate 100 --concurrency 4 ` +
      `--patience 60 --prefix ${prefix} ${more} --json`,
    env,
  );
  if (code !== 0) throw new Error(stdout + stderr);
  return JSON.parse(stdout);
}

async function jsonOf(command: string) {
  const { stdout, stderr } = await run(`npm run -s reshard -- ${command} --json`);
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

async function hasUsers(): Promise<boolean> {
  const headers = { Authorization: `Bearer ${API_TOKEN}` };
  const { users } = await (await fetch(`${url}/v1/users`, { headers })).json();
  return users.length > 20;
}

/** Pairs of the friends that a database has, in one text each. */
async function friendsIn(db: D1Database) {
  const { results } = await db
    .prepare("SELECT user_id, friend_id FROM friends WHERE deleted_at IS NULL")
    .all<{ user_id: string; friend_id: string }>();
  return results;
}

const storage = () =>
  bindingsOf(join(project, ".wrangler/state"), join(project, ".wrangler/friendgate/local.json"));

it("half of the users move to a second database, and the record to its own, while callbacks come", async ({
  expect,
}) => {
  configure(["DB", "DB_2"]);
  await start();
  // In order, so that the tables end as Tencent's lists do.
  const first = traffic("early", `--duplicates 0 --reorder 0 --truth ${truth}`);
  await vi.waitUntil(hasUsers, PATIENCE);
  expect(await jsonOf("show")).toMatchObject({ databases: [{ slots: 1_024 }, { slots: 0 }] });
  const copied = await jsonOf("copy --to DB_2 --slots 512-1023");
  expect(copied.passes[0].rows).toBeGreaterThan(0);
  await first;
  const [, copySince, shards] = copied.next as string[];
  expect(shards).toBe('SHARDS = "DB 0-511, DB_2 512-1023"');
  expect(await run(copySince as string)).toMatchObject({ code: 0 });
  await stop?.();

  configure(["DB", "DB_2", "RECORDS"], shards);
  await start();
  // Read from the storage itself: as a person does who has no token.
  const second = traffic("late", "", { API_TOKEN: "" });
  const before = await jsonOf("check");
  expect(before.rows).toBeGreaterThan(100);
  const { moved, stayed, parts } = await jsonOf("move --yes");
  expect(moved).toBeGreaterThan(100);
  expect(stayed).toBe(0);
  const tables = parts.map(({ table }: { table: string }) => table);
  expect(tables).toEqual(expect.arrayContaining(["friends", "blacklist", "friend_requests"]));
  await second;
  expect(await run("npm run reshard -- check")).toMatchObject({ code: 0 });
  await stop?.();

  const { DB, DB_2, RECORDS } = await storage();
  const [low, high] = [await friendsIn(DB), await friendsIn(DB_2)];
  expect(low.length).toBeGreaterThan(10);
  expect(high.length).toBeGreaterThan(10);
  expect(low.filter(({ user_id }) => slotOf(user_id) > 511)).toEqual([]);
  expect(high.filter(({ user_id }) => slotOf(user_id) < 512)).toEqual([]);
  const stored = [...low, ...high]
    .filter(({ user_id }) => user_id.startsWith("early"))
    .map(({ user_id, friend_id }) => `${user_id} ${friend_id}`);
  const wanted = readTruth(truth).flatMap(({ userId, friends }) =>
    friends.map(({ friendId }) => `${userId} ${friendId}`),
  );
  expect(stored.toSorted()).toEqual(wanted.toSorted());
  const requests = "SELECT count(*) AS n FROM friend_requests";
  expect(await DB.prepare(requests).first("n")).toBe(0);
  expect(await RECORDS.prepare(requests).first("n")).toBeGreaterThan(100);

  // A dead letter waits with the record, and is applied where its user is.
  const user = Array.from({ length: 99 }, (_, n) => `dead-${n}`).find((each) => slotOf(each) > 511);
  const body = {
    ...{ v: 2, type: "friends-added", orderKey: toOrderKey(Date.now()), source: null },
    ...{ adminId: null, forced: false, pairs: [[user, "somebody", null]] },
  };
  const letter: DeadLetter = { id: "m1", attempts: 100, reason: "exhausted", body };
  await storeDeadLetters(RECORDS, [letter], Date.now());
  await closeBindings();
  expect((await run("npm run -s dead-letters -- list")).stdout).toMatch(/m1.*exhausted/);
  const redriven = await run("npm run -s dead-letters -- redrive --all");
  expect(redriven).toMatchObject({ code: 0, stdout: expect.stringContaining("1 redriven") });
  const after = await friendsIn((await storage()).DB_2);
  expect(after).toContainEqual({ user_id: user, friend_id: "somebody" });
});
