import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { afterEach, describe, it, vi } from "vitest";
import { appIdOf, keyOf, tencentOf, usersOf } from "../../tools/reconcile/options.ts";
import { exitCodeOf } from "../../tools/reconcile/run.ts";
import { type Job, work } from "../../tools/reconcile/work.ts";
import { PLAYED_SECRET_KEY } from "../../tools/tencent/rest.ts";
import type { RestFate } from "../../tools/tencent/rest-server.ts";
import { runCommand } from "../support/commands.ts";
import {
  API_TOKEN,
  APP_ID,
  KEY,
  playDeployment,
  playTencent,
  startReconcile,
  type Truth,
} from "../support/reconcile.ts";
import { stage } from "../support/stage.ts";

const { inFolder, plays } = stage();
const tencent = plays(playTencent);
const deployment = plays(playDeployment);
const state = () => inFolder("state.json");

type Sides = { of: { url: string }; to: { url: string } };

/** Does the work between the two in this process, and says who was left out. */
async function reconciled(
  { of, to }: Sides,
  users: readonly string[] | undefined,
  more: Partial<Job> = {},
) {
  const job = {
    ...{ url: to.url, tencent: of.url, token: API_TOKEN, appId: APP_ID, key: KEY, users },
    ...{
      identifier: "administrator",
      sample: undefined,
      follows: "nobody" as const,
      dryRun: false,
      rate: 200,
      concurrency: 8,
    },
    ...{ pairs: undefined, stateFile: state(), signal: new AbortController().signal },
    ...more,
  };
  const told = { leftOut: [] as string[], goingOn: [] as number[] };
  const report = await work(job, {
    onGoingOn: (done) => told.goingOn.push(done),
    onLeftOut: (userId, because) => told.leftOut.push(`${userId}: ${because}`),
    onProgress: () => {},
  });
  return { ...told, ...report.found, code: exitCodeOf(report), report };
}

/** Starts the tool as a script does, with these users one a line. */
function start({ of, to }: Sides, users: readonly string[], args: string[] = [], env = {}) {
  const file = inFolder("users.txt");
  writeFileSync(file, users.join("\n"));
  const target = ["--tencent", of.url, "--url", to.url, "--state", state(), "--rate", "200"];
  return startReconcile([...target, "--users", file, ...args], env);
}

const TRUTH: Truth = {
  alice: ["bob", "carol"],
  bob: ["alice"],
  carol: ["alice"],
  dave: [],
  "a/b?c%2F 小明": ["alice"],
};
const USERS = Object.keys(TRUTH);
/** Of it, alice–carol is missing, bob–eve is too much. */
const TABLE: Truth = { ...TRUTH, alice: ["bob"], bob: ["alice", "eve"] };

const sorted = (lists: Truth) =>
  Object.fromEntries(Object.entries(lists).map(([user, friends]) => [user, friends.toSorted()]));

describe("a reconciliation", () => {
  it("repairs what differs, keeps the figures, and then finds nothing", async ({ expect }) => {
    const sides = { of: await tencent(TRUTH), to: await deployment(TABLE) };
    const figures = { users: 5, checked: 5, missing: 1, extra: 1, repaired: 2 };
    const others = { skipped: 0, failed: 0 };
    const first = await reconciled(sides, USERS);
    expect(first).toMatchObject({ code: 0, ...figures, ...others, unchanged: 4 });
    expect(sorted(sides.to.friends())).toEqual(sorted(TRUTH));
    const times = { startedAt: expect.any(Number), finishedAt: expect.any(Number) };
    expect(sides.to.kept).toEqual([{ ...figures, ...others, ...times, dryRun: false }]);
    // Small lists go together.
    expect(sides.to.requests.filter(({ method }) => method === "PUT")).toHaveLength(1);
    expect(existsSync(state())).toBe(false);

    const none = { missing: 0, extra: 0, repaired: 0, unchanged: 5 };
    expect(await reconciled(sides, USERS)).toMatchObject({ code: 0, ...none });
    expect(sides.of.calls.every((call) => call === 0)).toBe(true);
  });

  it("with --dry-run changes nothing, names the pairs where it is told to, and ends with 1", async ({
    expect,
  }) => {
    const sides = { of: await tencent(TRUTH), to: await deployment(TABLE) };
    const pairs = inFolder("pairs.csv");
    const found = await reconciled(sides, USERS, { dryRun: true, pairs });
    expect(found).toMatchObject({ code: 1, missing: 1, extra: 1, repaired: 0 });
    expect(sides.to.friends()).toEqual(TABLE);
    expect(sides.to.kept).toMatchObject([{ dryRun: true, repaired: 0 }]);
    expect(readFileSync(pairs, "utf8")).toBe(
      "difference,userId,friendId\nmissing,alice,carol\nextra,bob,eve\n",
    );
    expect(statSync(pairs).mode & 0o777).toBe(0o600);
  });

  it("skips and names whom Tencent does not know, whose rows stay, and ends well", async ({
    expect,
  }) => {
    const table = { ...TRUTH, mallory: ["alice"] };
    const sides = { of: await tencent(TRUTH), to: await deployment(table) };
    const found = await reconciled(sides, undefined);
    expect(found).toMatchObject({ code: 0, users: 6, skipped: 1, extra: 0 });
    expect(found.leftOut).toEqual(["mallory: skipped: Tencent has no such account (code 30003)"]);
    expect(sides.to.friends()).toEqual(table);
  });

  it("names who could not be read, goes on with the others, and ends with 3", async ({
    expect,
  }) => {
    const fates: RestFate[] = [{ fault: "code", code: 12_345 }];
    const of = await tencent(TRUTH, { fate: () => fates.shift() ?? { fault: "none" } });
    const to = await deployment(TABLE);
    const found = await reconciled({ of, to }, ["bob", "alice"], { concurrency: 1 });
    expect(found).toMatchObject({ code: 3, users: 2, failed: 1, repaired: 1 });
    expect(found.leftOut).toEqual(["bob: not read: Tencent answered the code 12345"]);
    expect(to.friends().bob).toEqual(["alice", "eve"]);
  });

  it("finds the one list that the deployment refuses", async ({ expect }) => {
    const truth = { ...TRUTH, "!odd": ["alice"] };
    const sides = { of: await tencent(truth), to: await deployment(TABLE) };
    const found = await reconciled(sides, Object.keys(truth));
    expect(found).toMatchObject({ code: 3, users: 6, repaired: 2, failed: 1 });
    expect(found.leftOut).toEqual([
      "!odd: not read: the deployment refuses the list: userId is none",
    ]);
  });

  it("follows friendships where it is told to", async ({ expect }) => {
    const sides = { of: await tencent(TRUTH), to: await deployment({}) };
    expect(await reconciled(sides, ["bob"], { follows: "friends" })).toMatchObject({
      users: 3,
      missing: 4,
    });
    expect(sides.to.users().toSorted()).toEqual(["alice", "bob", "carol"]);
  });

  it("reads the other side of each pair that differs where it is told to", async ({ expect }) => {
    // Of the friendship of a and b nobody told, and a has no more to do with c.
    const truth: Truth = { a: ["b"], b: ["a", "d"], c: [], d: ["b"] };
    const sides = {
      of: await tencent(truth),
      to: await deployment({ ...truth, a: ["c"], b: ["d"], c: ["a"] }),
    };
    const found = await reconciled(sides, ["a"], { follows: "drift" });
    expect(found).toMatchObject({ users: 3, missing: 2, extra: 2, repaired: 4 });
    expect(sides.to.users().toSorted()).toEqual(["a", "b", "c"]);
    expect(sorted(sides.to.friends())).toEqual(truth);
  });

  it("reads a sample of so many, which is another one each time", async ({ expect }) => {
    const truth = Object.fromEntries(Array.from({ length: 1_050 }, (_, n) => [`u${n}`, ["alice"]]));
    const sides = { of: await tencent(truth), to: await deployment(truth) };
    const some = { sample: 40, rate: 1_000_000, stateFile: undefined };
    const samples = [];
    for (const users of [undefined, Object.keys(truth)]) {
      const before = sides.to.users().length;
      expect(await reconciled(sides, users, some)).toMatchObject({ users: 40 });
      samples.push(new Set(sides.to.users().slice(before)));
    }
    expect(samples.map(({ size }) => size)).toEqual([40, 40]);
    expect(samples[0]).not.toEqual(samples[1]);
    expect(existsSync(state())).toBe(false);
  });

  it("reads everybody of the friends table, however many pages they are", async ({ expect }) => {
    const truth = Object.fromEntries(Array.from({ length: 1_050 }, (_, n) => [`u${n}`, ["alice"]]));
    const sides = { of: await tencent(truth), to: await deployment(truth) };
    const found = await reconciled(sides, undefined, { rate: 1_000_000 });
    expect(found).toMatchObject({ users: 1_050, unchanged: 1_050 });
    expect(new Set(sides.to.users()).size).toBe(1_050);
  });

  it("sends a big list alone, by the path of its user", async ({ expect }) => {
    const friends = Array.from({ length: 2_345 }, (_, n) => `f${n}`);
    const truth = { ...TRUTH, "a/b?c%2F 小明": friends };
    const sides = { of: await tencent(truth), to: await deployment({}) };
    const found = await reconciled(sides, Object.keys(truth));
    expect(found).toMatchObject({ missing: 2_349, repaired: 2_349 });
    const puts = sides.to.requests.filter(({ method }) => method === "PUT");
    expect(puts.map(({ path }) => path).toSorted()).toEqual([
      "/v1/friend-lists",
      "/v1/users/a%2Fb%3Fc%252F%20%E5%B0%8F%E6%98%8E/friend-list",
    ]);
  });

  it("sends no more in one request than the deployment takes", async ({ expect }) => {
    const friends = Array.from({ length: 450 }, (_, n) => `f${n}`);
    const some = Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`s${n}`, friends]));
    const many = Object.fromEntries(Array.from({ length: 450 }, (_, n) => [`m${n}`, []]));
    const truth = { ...some, ...many };
    const sides = { of: await tencent(truth), to: await deployment({}) };
    await reconciled(sides, Object.keys(truth), { rate: 1_000_000 });
    const sizes = sides.to.requests.map(({ lists }) => ({
      lists: lists.length,
      friends: lists.reduce((sum, list) => sum + list.friends.length, 0),
    }));
    expect(Math.max(...sizes.map((size) => size.lists))).toBe(200);
    expect(Math.max(...sizes.map((size) => size.friends))).toBeLessThanOrEqual(10_000);
    expect(sizes.filter((size) => size.lists > 0).length).toBeLessThan(8);
  });

  it("asks a deployment again that is down for a moment", async ({ expect }) => {
    const answers = [{ status: 503 }, undefined, { status: 500 }, { status: 429 }];
    const to = await deployment(TABLE, () => answers.shift());
    const found = await reconciled({ of: await tencent(TRUTH), to }, USERS);
    expect(found).toMatchObject({ code: 0, repaired: 2 });
  });

  it("slows down where Tencent says so, and loses nobody", async ({ expect }) => {
    const truth = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`u${n}`, ["alice"]]));
    const of = await tencent(truth, { callsPerSecond: 20 });
    const found = await reconciled({ of, to: await deployment({}) }, Object.keys(truth));
    expect(found).toMatchObject({ code: 0, users: 60, missing: 60, failed: 0 });
    expect(of.calls).toContain(60_011);
  });

  it("gets on with a Tencent that has a bad day", async ({ expect }) => {
    const truth = Object.fromEntries(Array.from({ length: 80 }, (_, n) => [`u${n}`, ["a", "b"]]));
    const bad: RestFate[] = [
      ...[{ fault: "code", code: 60_008 } as const, { fault: "status", status: 502 } as const],
      ...[{ fault: "code", code: 70_001 } as const, { fault: "none", changes: true } as const],
    ];
    let nth = 0;
    const fate = () => {
      nth += 1;
      return (
        (nth % 5 === 0 ? bad[(nth / 5) % bad.length] : undefined) ?? { fault: "none" as const }
      );
    };
    const of = await tencent(truth, { fate, app: { pageSize: 1 } });
    const to = await deployment({});
    const found = await reconciled({ of, to }, Object.keys(truth), { rate: 1_000_000 });
    expect(found).toMatchObject({ code: 0, users: 80, missing: 160, failed: 0 });
    expect(to.friends()).toEqual(truth);
  });

  it("takes a list for no younger than the deployment's clock knows", async ({ expect }) => {
    const to = await deployment({});
    const real = Date.now;
    // This machine's clock is ten minutes ahead; the server's is its own.
    const behind = vi.spyOn(Date, "now");
    const date = () => new Date(real()).toUTCString();
    to.dated(date);
    behind.mockImplementation(() => real() + 600_000);
    try {
      await reconciled({ of: await tencent(TRUTH), to }, USERS);
    } finally {
      behind.mockRestore();
    }
    const readAt = to.requests.flatMap(({ lists }) => lists.map((list) => list.readAt));
    expect(readAt).toHaveLength(USERS.length);
    for (const ms of readAt) expect(ms).toBeLessThanOrEqual(real());
  });
});

describe("a reconciliation that was interrupted", () => {
  const truth: Truth = Object.fromEntries(
    Array.from({ length: 450 }, (_, n) => [`u${n}`, [`u${(n + 1) % 450}`]]),
  );
  const everybody = Object.keys(truth);

  it("goes on where it ended, and does nothing twice", async ({ expect }) => {
    const sides = { of: await tencent(truth), to: await deployment({}) };
    const { child, ended } = start(sides, everybody, ["--json"]);
    await vi.waitUntil(() => sides.of.calls.length > 210, { timeout: 150_000 });
    child.kill("SIGINT");
    const first = await ended;
    expect(first).toMatchObject({ code: 130, stdout: "" });
    expect(first.stderr).toMatch(/interrupted after \d+ users\n.*the same command goes on from/);
    expect(statSync(state()).mode & 0o777).toBe(0o600);
    expect(readFileSync(state(), "utf8")).not.toContain(KEY);
    const before = sides.to.users().length;
    expect(before).toBeGreaterThan(200);
    expect(before).toBeLessThan(450);

    const second = await start(sides, everybody, ["--json"]).ended;
    expect(second.stderr).toContain(`going on after ${before} users, from ${state()}`);
    expect(second.code).toBe(0);
    expect(JSON.parse(second.stdout)).toMatchObject({ users: 450, repaired: 450, unchanged: 0 });
    expect(sides.to.users().toSorted()).toEqual(everybody.toSorted());
    expect(sides.to.friends()).toEqual(truth);
    expect(existsSync(state())).toBe(false);
  }, 300_000);

  /** Interrupts it once the deployment has had so many requests with lists. */
  async function interruptedAfter(requests: number, sides: Parameters<typeof reconciled>[0]) {
    const interruption = new AbortController();
    let seen = 0;
    const to = await deployment({}, ({ method }) => {
      seen += method === "PUT" ? 1 : 0;
      if (seen === requests) interruption.abort(new Error("interrupted"));
      return undefined;
    });
    const job = { follows: "friends" as const, rate: 1_000_000, signal: interruption.signal };
    const ended = await reconciled({ ...sides, to }, ["u0"], job).catch((error) => error);
    if (!/interrupted/.test(ended.message)) throw ended;
    return to;
  }

  it("goes on in the same way where friendships are followed", async ({ expect }) => {
    const of = await tencent(truth);
    const to = await interruptedAfter(2, { of, to: { url: "" } });
    const found = await reconciled({ of, to }, ["u0"], { follows: "friends", rate: 1_000_000 });
    expect(found.goingOn).toHaveLength(1);
    expect(found).toMatchObject({ users: 450, missing: 450, repaired: 450 });
    expect(to.users().toSorted()).toEqual(everybody.toSorted());
  });

  it.for<[string, Partial<Job>]>([
    ["other options", { dryRun: true, follows: "friends" }],
    ["other users", { follows: "nobody" }],
  ])("is not gone on with by a command with %s", async ([_, other], { expect }) => {
    const of = await tencent(truth);
    const to = await interruptedAfter(1, { of, to: { url: "" } });
    await expect(reconciled({ of, to }, ["u0"], other)).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining("other users or options, which has not ended"),
    });
  });

  it("because nobody could be read ends with 3, and reads them all later", async ({ expect }) => {
    let isDown = false;
    const of = await tencent(truth, {
      fate: () => (isDown ? { fault: "code", code: 12_345 } : { fault: "none" }),
    });
    const to = await deployment({}, ({ lists }) => {
      if (lists.length > 100 && to.users().length === 200) isDown = true;
      return undefined;
    });
    const fast = { rate: 1_000_000 };
    await expect(reconciled({ of, to }, everybody, fast)).rejects.toMatchObject({
      exit: 3,
      message: expect.stringContaining("20 users in a row could not be read"),
    });
    isDown = false;
    const found = await reconciled({ of, to }, everybody, fast);
    expect(found).toMatchObject({ code: 0, users: 450, repaired: 450, failed: 0 });
    expect(to.users().toSorted()).toEqual(everybody.toSorted());
  });

  it("by a wrong option leaves nothing behind", async ({ expect }) => {
    const of = await tencent(truth, { app: { administrators: ["root"] } });
    const to = await deployment({});
    await expect(reconciled({ of, to }, everybody)).rejects.toMatchObject({ exit: 2 });
    expect(existsSync(state())).toBe(false);
    expect(to.users()).toEqual([]);
  });
});

describe("the tool", () => {
  it("prints a report, and ends with 1 where --dry-run finds a difference", async ({ expect }) => {
    const sides = { of: await tencent(TRUTH), to: await deployment(TABLE) };
    const { code, stdout, stderr } = await start(sides, USERS, ["--dry-run"]).ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /users .* 5 [\s\S]*missing .* 1 [\s\S]*extra .* 1 [\s\S]*repaired .* 0 /,
    );
    expect(stderr).toContain("users.txt: 5 users (one account a line, in UTF-8)");
  });

  it("has the key in no request, output, argument or file, nor what it signs", async ({
    expect,
  }) => {
    const asked: unknown[] = [];
    const to = await deployment(TABLE, (request) => {
      asked.push(request);
      return undefined;
    });
    const wrong = await tencent(TRUTH, { app: { key: "another" } });
    const { child, ended } = start({ of: await tencent(TRUTH), to }, USERS, ["--json"]);
    const runs = [
      await ended,
      await start({ of: wrong, to }, USERS).ended,
      await start({ of: wrong, to }, USERS, [], { TENCENT_SECRET_KEY: `${KEY}\n` }).ended,
    ];
    expect(runs.map(({ code }) => code)).toEqual([0, 2, 2]);
    const files = readdirSync(inFolder()).map((name) => readFileSync(inFolder(name), "utf8"));
    const everything = JSON.stringify([runs, asked, files, child.spawnargs]);
    // What is packed begins like this.
    for (const secret of [KEY, KEY.slice(0, 16), API_TOKEN, "usersig", "eJ"]) {
      expect(everything).not.toContain(secret);
    }
  });
});

describe("the workflow in examples/", () => {
  const workflow = readFileSync("examples/reconcile.yml", "utf8");

  it("audits as it stands, and names nobody", async ({ expect }) => {
    const [, command = ""] = /- run: (npm run .*)$/m.exec(workflow) ?? [];
    const of = await tencent({ alice: ["bob"], bob: ["alice"] });
    const to = await deployment({ alice: ["bob"], bob: [], mallory: [] });
    // The one region that a test can reach.
    const here = command.replace(/--region "\$REGION"/, `--tencent ${of.url}`);
    expect(here).toContain(of.url);
    const env = { API_TOKEN, TENCENT_SECRET_KEY: KEY, CALLBACK_URL: to.url };
    const ran = await runCommand("sh", ["-c", here], { ...env, SDK_APP_ID: String(APP_ID) });
    expect({ code: ran.code, stderr: ran.stderr }).toMatchObject({
      code: 1,
      stderr: expect.not.stringContaining("mallory"),
    });
    const figures = { dryRun: true, users: 3, missing: 1, extra: 0, skipped: 1, failed: 0 };
    expect(JSON.parse(ran.stdout)).toMatchObject(figures);
    expect(to.friends().bob).toEqual([]);
  });

  it("gives the tool all that it needs, and takes actions by commit", ({ expect }) => {
    for (const name of ["TENCENT_SECRET_KEY", "API_TOKEN", "SDK_APP_ID", "CALLBACK_URL"]) {
      expect(workflow).toMatch(
        new RegExp(`^ {10}${name}: \\$\\{\\{ (?:secrets|vars)\\.${name} \\}\\}$`, "m"),
      );
    }
    const uses = (text: string) => text.match(/uses: .*$/gm);
    expect(uses(workflow)).toEqual(uses(readFileSync(".github/workflows/ci.yml", "utf8")));
  });
});

describe("what the options say", () => {
  const options = {
    names: true,
    url: "http://localhost:8787",
    admin: "administrator",
    rate: 20,
    concurrency: 8,
  };
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.for<[string, object, RegExp]>([
    ["no users", {}, /not said/],
    ["users twice", { known: true, users: "x" }, /said twice/],
    ["a crawl from nowhere", { known: true, crawl: true }, /--crawl needs users/],
  ])("about %s is refused", async ([_, given, message], { expect }) => {
    await expect(usersOf({ ...options, ...given })).rejects.toMatchObject({
      exit: 2,
      message: expect.stringMatching(message),
    });
  });

  it.for<[string, object, string]>([
    ["a region", { region: "singapore" }, "https://adminapisgp.im.qcloud.com"],
    ["a URL", { tencent: "https://im.example.com" }, "https://im.example.com"],
    ["this machine", { tencent: "http://127.0.0.1:1" }, "http://127.0.0.1:1"],
  ])("about Tencent can be %s", ([_, given, url], { expect }) => {
    expect(tencentOf({ ...options, ...given })).toBe(url);
  });

  it.for<[string, object, RegExp]>([
    ["nothing", {}, /not known/],
    ["HTTP to another machine", { tencent: "http://im.example.com" }, /not HTTPS/],
  ])("about Tencent cannot be %s", ([_, given, message], { expect }) => {
    expect(() => tencentOf({ ...options, ...given })).toThrow(message);
  });

  it("about the key can be nothing only where Tencent is on this machine", ({ expect }) => {
    vi.stubEnv("TENCENT_SECRET_KEY", "");
    expect(keyOf("http://127.0.0.1:1")).toBe(PLAYED_SECRET_KEY);
    expect(() => keyOf("https://console.tim.qq.com")).toThrow("not known");
    vi.stubEnv("TENCENT_SECRET_KEY", KEY);
    expect(keyOf("http://127.0.0.1:1")).toBe(KEY);
  });

  it.for(["", "app", "-1", "1.5"])("about the app cannot be %j", (appId, { expect }) => {
    vi.stubEnv("SDK_APP_ID", undefined);
    const far = { ...options, url: "https://im.example.com", appId };
    expect(() => appIdOf(far)).toThrow(appId === "" ? "not known" : "not a number");
  });
});

describe("a deployment", () => {
  const sidesWith = async (said: { status: number }) => ({
    of: await tencent(TRUTH),
    to: await deployment({}, () => said),
  });

  it("with another API_TOKEN is told of before anybody is read", async ({ expect }) => {
    const sides = { of: await tencent(TRUTH), to: await deployment({}) };
    const token = "another";
    await expect(reconciled(sides, USERS, { token })).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining("another API_TOKEN"),
    });
    expect(sides.of.calls).toEqual([]);
  });

  it("without friend lists is told of", async ({ expect }) => {
    await expect(reconciled(await sidesWith({ status: 404 }), USERS)).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining("older than this tool"),
    });
  });
});
