import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readTruth } from "../../tools/simulate/truth-file.ts";
import { listsOf } from "../../tools/tencent/lists.ts";
import { PLAYED_SECRET_KEY } from "../../tools/tencent/rest.ts";
import { type RestServer, startRest } from "../../tools/tencent/rest-server.ts";
import { runCommand, runTool, startDev } from "../support/commands.ts";
import { APP_ID } from "../support/tencent.ts";

const API_TOKEN = "local-api-token";
const folder = mkdtempSync(join(tmpdir(), "friendgate-test-"));
const truth = join(folder, "truth.jsonl");
const users = join(folder, "users.txt");

let dev: Awaited<ReturnType<typeof startDev>>;
let rest: RestServer | undefined;
beforeAll(async () => {
  dev = await startDev({ API_TOKEN });
});
afterAll(async () => {
  await rest?.stop();
  await dev.stop();
  rmSync(folder, { recursive: true });
});

function reconcile(...args: string[]) {
  const given = ["--users", users, "--tencent", rest?.url ?? "", "--url", dev.url, ...args];
  const options = [
    "--rate",
    "200",
    "--concurrency",
    "16",
    "--state",
    join(folder, "state"),
    "--json",
  ];
  return runCommand(process.execPath, ["tools/reconcile/main.ts", ...given, ...options], {
    ...{ API_TOKEN, SDK_APP_ID: APP_ID, TENCENT_SECRET_KEY: "" },
  });
}

it("traffic that loses callbacks leaves a drift, which is reported exactly, and then repaired", async () => {
  const played = await runTool(
    "simulate",
    [
      ...["traffic", "--url", dev.url, "--users", "200", "--events", "1000", "--rate", "2000"],
      ...["--lost", "1%", "--duplicates", "5%", "--reorder", "10%", "--imported", "100"],
      ...["--concurrency", "4", "--patience", "30", "--truth", truth, "--json"],
    ],
    { API_TOKEN },
  );
  const { drift, lost, missing, extra, stale, failed } = JSON.parse(played.stdout);
  expect({ missing, extra, stale, failed }).toEqual({
    missing: [],
    extra: [],
    stale: [],
    failed: 0,
  });
  expect(lost).toBeGreaterThan(5);
  expect(drift).toMatchObject({ unsure: 0 });
  expect(drift.missing).toBeGreaterThan(100);
  expect(drift.extra).toBeGreaterThan(0);

  const lists = readTruth(truth);
  writeFileSync(users, lists.map(({ userId }) => userId).join("\n"));
  const app = { appId: Number(APP_ID), key: PLAYED_SECRET_KEY, administrators: ["administrator"] };
  const all = { ...app, pageSize: 100, lists: listsOf(lists) };
  rest = await startRest({ port: 0, app: () => all });
  const differs = { users: 200, missing: drift.missing, extra: drift.extra };

  const dry = await reconcile("--dry-run", "--pairs", join(folder, "pairs.csv"));
  expect(dry.code).toBe(1);
  expect(JSON.parse(dry.stdout)).toMatchObject({ ...differs, repaired: 0, failed: 0 });
  const pairs = readFileSync(join(folder, "pairs.csv"), "utf8").trimEnd().split("\n");
  expect(pairs).toHaveLength(1 + drift.missing + drift.extra);

  const repaired = await reconcile();
  expect(repaired.code).toBe(0);
  expect(JSON.parse(repaired.stdout)).toMatchObject(differs);

  const again = await reconcile("--dry-run");
  expect(again.code).toBe(0);
  const none = { users: 200, missing: 0, extra: 0, failed: 0 };
  expect(JSON.parse(again.stdout)).toMatchObject(none);

  const stats = await fetch(new URL("/v1/stats", dev.url), {
    headers: { Authorization: `Bearer ${API_TOKEN}` },
  });
  expect(await stats.json()).toMatchObject({ reconciliation: { dryRun: true, ...none } });
}, 600_000);
