import { existsSync, statSync } from "node:fs";
import { describe, it } from "vitest";
import { parseSlotMap, slotOf } from "../../src/slots.ts";
import { readConfig } from "../../tools/lib/config.ts";
import { parseMoment } from "../../tools/lib/dates.ts";
import { copy, isLast, MARGIN_MS, SHORT_PASS_MS } from "../../tools/reshard/copy.ts";
import { createDeployment } from "../../tools/reshard/deployment.ts";
import { check, type Found, move, total } from "../../tools/reshard/move.ts";
import { stepsAfterCopy } from "../../tools/reshard/next.ts";
import { mapAfter, type Plan, partsOfCopy } from "../../tools/reshard/parts.ts";
import { runCommand } from "../support/commands.ts";
import { API_TOKEN, playShards, type Rows, type Tables } from "../support/played-shards.ts";
import { stage } from "../support/stage.ts";

const PLAN: Plan = { to: "DB_2", slots: [512, 1_023] };
const AFTER = "DB 0-511, DB_2 512-1023";

const { inFolder, plays } = stage();
const deployment = plays(playShards);
const state = () => inFolder("state.json");
const users = (count: number, version = 1): Rows =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`user-${n}`, version]));
const isMoved = (user: string) => slotOf(user) >= 512;
const movedOf = (rows: Rows) =>
  Object.fromEntries(Object.entries(rows).filter(([user]) => isMoved(user)));
const othersOf = (rows: Rows) =>
  Object.fromEntries(Object.entries(rows).filter(([user]) => !isMoved(user)));

type Played = { url: string };
type Interruptible = { signal?: AbortSignal };
const NEVER = new AbortController().signal;

const to = ({ url }: Played, signal = NEVER) =>
  createDeployment({
    ...{ url, token: API_TOKEN, signal },
    // Nobody waits for a second try.
    clock: { nowMs: () => 0, wait: async () => {} },
  });

/** Copies in this process, with a clock of the test's, and says what was told. */
async function copied(
  played: Played,
  {
    plan = PLAN,
    since,
    clock = () => 1_000_000_000_000,
    signal = NEVER,
  }: { plan?: Plan; since?: number; clock?: () => number } & Interruptible = {},
) {
  const told = {
    oldCopies: false,
    goingOn: [] as number[],
    passes: [] as [number, number | undefined][],
  };
  const job = { url: played.url, plan, since, stateFile: state(), signal };
  const tell = {
    onOldCopies: () => {
      told.oldCopies = true;
    },
    onGoingOn: (pass: number) => told.goingOn.push(pass),
    onPass: (pass: number, passed: number | undefined) => told.passes.push([pass, passed]),
    onSlice: () => {},
  };
  return { ...(await copy(to(played, signal), job, tell, clock)), told };
}

async function moved(
  played: Played,
  { ask, signal = NEVER }: { ask?: (found: Found) => Promise<boolean> } & Interruptible = {},
) {
  const goingOn: number[] = [];
  const job = { url: played.url, stateFile: state(), signal, ask };
  const found = await move(to(played, signal), job, {
    onGoingOn: (rows) => goingOn.push(rows),
    onChecked: () => {},
    onBegin: () => {},
    onMoved: () => {},
  });
  return { found, goingOn };
}

async function checked(played: Played) {
  const each = to(played);
  const { shards } = await each.shards();
  return check(each, { shards, onSlice: () => {} });
}

function reshard(args: readonly string[], env: Record<string, string> = {}) {
  return runCommand(process.execPath, ["tools/reshard/main.ts", ...args], {
    ...{ API_TOKEN, CALLBACK_URL: "http://127.0.0.1:1", NO_COLOR: "1", npm_lifecycle_event: "" },
    ...env,
  });
}

describe("a copy", () => {
  it("brings what the users of the slots have to the other database, and removes nothing", async ({
    expect,
  }) => {
    const everybody = users(40);
    const tables = (): Tables => ({
      friends: { ...everybody },
      blacklist: users(10),
      dismissals: users(5),
      friend_responses: users(4),
    });
    const stored: Record<string, Tables> = { DB: tables(), DB_2: {} };
    const played = await deployment(stored);
    const { passes, before, after } = await copied(played);
    expect(stored.DB).toEqual(tables());
    expect(stored.DB_2).toEqual({
      friends: movedOf(everybody),
      blacklist: movedOf(users(10)),
      dismissals: movedOf(users(5)),
    });
    const rows = Object.values(stored.DB_2 ?? {}).flatMap((each) => Object.keys(each)).length;
    expect(passes).toMatchObject([{ since: null, count: { rows, behind: 0, removed: 0 } }]);
    expect({ before, after }).toEqual({ before: "DB 0-1023", after: AFTER });
    expect(existsSync(state())).toBe(false);
  });

  it("takes them from every database that has some of the slots, and from no other", async ({
    expect,
  }) => {
    const stored = { DB: {}, DB_2: {}, DB_3: {}, DB_4: {} };
    const shards = "DB 0-255, DB_2 256-511, DB_3 512-767, DB_4 768-1023";
    const played = await deployment(stored, { shards });
    const { after } = await copied(played, { plan: { to: "DB_4", slots: [500, 800] } });
    expect(after).toBe("DB 0-255, DB_2 256-499, DB_4 500-1023");
    const copies = played.asked.filter(({ how }) => how === "copy");
    expect([...new Set(copies.map(({ from }) => from))]).toEqual(["DB_2", "DB_3"]);
    for (const asked of copies) expect(asked).toMatchObject({ to: "DB_4", slots: [500, 800] });
  });

  it("copies what has changed meanwhile until that takes no time, and less a margin", async ({
    expect,
  }) => {
    const stored: Record<string, Tables> = {
      DB: { friends: users(20), dismissals: users(2) },
      DB_2: {},
    };
    // An hour, a quarter of one, seconds.
    const tookMs = [3_600_000, 900_000, 5_000];
    let nowMs = 1_000_000_000_000;
    let passes = 0;
    const played = await deployment(stored, {
      instead({ table, from, after }) {
        // Each pass ends with dismissals.
        if (table !== "dismissals" || after !== undefined) return undefined;
        nowMs += tookMs[passes] ?? 0;
        passes += 1;
        (stored[from] as Tables).friends = { ...users(20), "user-7": nowMs };
        return undefined;
      },
    });
    const began: number[] = [];
    const { passes: done, changedSince, told } = await copied(played, { clock: () => nowMs });
    for (const { startedAt } of done) began.push(startedAt);
    expect(done.map(({ since }) => since)).toEqual([
      null,
      (began[0] ?? 0) - MARGIN_MS,
      (began[1] ?? 0) - MARGIN_MS,
    ]);
    expect(done.map((pass) => pass.tookMs)).toEqual(tookMs);
    expect(changedSince).toBe((began[2] ?? 0) - MARGIN_MS);
    expect(told.passes.map(([pass]) => pass)).toEqual([1, 2, 3]);
    // Dismissals do not tell when they were written.
    for (const { table, since } of played.asked.slice(-3)) {
      expect(since !== undefined, table).toBe(table !== "dismissals");
    }
  });

  it("of what has changed since a time is one pass", async ({ expect }) => {
    const stored: Record<string, Tables> = {
      DB: {
        friends: {
          ...users(40),
          ...Object.fromEntries(Object.keys(movedOf(users(9))).map((user) => [user, 500])),
        },
      },
      DB_2: {},
    };
    const played = await deployment(stored);
    const { passes } = await copied(played, { since: 500, clock: () => Date.now() });
    expect(passes).toHaveLength(1);
    expect(Object.keys(stored.DB_2?.friends ?? {})).toEqual(Object.keys(movedOf(users(9))));
  });

  it("is of what has changed since it began by the deployment's clock", async ({ expect }) => {
    const each = to(await deployment({ DB: {}, DB_2: {} }));
    const ahead = 7 * 60_000;
    const answer = await each.shards();
    const job = {
      url: "http://x",
      plan: PLAN,
      since: undefined,
      stateFile: state(),
      signal: NEVER,
    };
    const tell = { onOldCopies() {}, onGoingOn() {}, onPass() {}, onSlice() {} };
    const { changedSince } = await copy(
      { ...each, shards: async () => ({ ...answer, aheadMs: ahead }) },
      job,
      tell,
      () => 1_000_000_000_000,
    );
    expect(changedSince).toBe(1_000_000_000_000 + ahead - MARGIN_MS);
  });

  it("goes on where it was interrupted, and asks for no slice twice", async ({ expect }) => {
    const everybody = users(60);
    const stored: Record<string, Tables> = { DB: { friends: { ...everybody } }, DB_2: {} };
    const interruption = new AbortController();
    const played = await deployment(stored, {
      instead(_, nth) {
        if (nth === 7) interruption.abort(new Error("interrupted"));
        return undefined;
      },
    });
    await expect(copied(played, { signal: interruption.signal })).rejects.toThrow("interrupted");
    expect(statSync(state()).mode & 0o777).toBe(0o600);
    await expect(copied(played, { plan: { to: "DB_2", slots: [0, 9] } })).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining("the state of another one"),
    });
    const { told } = await copied(played);
    expect(told.goingOn).toEqual([1]);
    expect(stored.DB_2?.friends).toEqual(movedOf(everybody));
    const copies = played.asked.filter(({ how }) => how === "copy");
    const places = copies.map(({ table, after }) => `${table} ${after}`);
    // The answer to the seventh may have been cut off.
    expect(places.length - new Set(places).size).toBeLessThanOrEqual(1);
    expect(existsSync(state())).toBe(false);
  });

  it("says where copies lie from before, which a move would have removed", async ({ expect }) => {
    const stored: Record<string, Tables> = { DB: { friends: users(9) }, DB_2: {} };
    const played = await deployment(stored);
    expect((await copied(played)).told.oldCopies).toBe(false);
    expect((await copied(played)).told.oldCopies).toBe(true);
    await moved(played);
    expect(stored).toMatchObject({ DB: { friends: users(9) }, DB_2: { friends: {} } });
    expect((await copied(played)).told.oldCopies).toBe(false);
  });

  it("asks again where the deployment is down for a moment, and ends where it stays so", async ({
    expect,
  }) => {
    const failures = [{ status: 503 }, undefined, { status: 500 }, { status: 429 }];
    const stored: Record<string, Tables> = { DB: { friends: users(9) }, DB_2: {} };
    await copied(await deployment(stored, { instead: () => failures.shift() }));
    expect(stored.DB_2?.friends).toEqual(movedOf(users(9)));

    const wrong = {
      status: 500,
      body: { title: "Internal", detail: "SHARDS gives slot 512 to no database" },
    };
    await expect(
      copied(await deployment({ DB: {}, DB_2: {} }, { instead: () => wrong })),
    ).rejects.toMatchObject({
      exit: 3,
      message: expect.stringContaining("HTTP 500: SHARDS gives slot 512 to no database"),
    });
  });

  it.for([
    ["is not bound", { to: "DB_9", slots: [0, 9] }, "the deployment has no database DB_9"],
    ["has them", { to: "DB", slots: [0, 9] }, "DB has these slots already"],
  ] as [string, Plan, string][])(
    "to a database that %s is none",
    async ([_, plan, message], { expect }) => {
      const played = await deployment({ DB: {}, DB_2: {} });
      await expect(copied(played, { plan })).rejects.toMatchObject({ exit: 2, message });
      expect(played.asked).toEqual([]);
    },
  );
});

describe("whether another copy of what has changed is worth while", () => {
  const hour = 3_600_000;
  it.for([
    [[hour], false],
    [[hour, hour / 4], false],
    [[hour, hour * 0.6], true],
    [[hour, hour / 4, hour / 5], true],
    [[SHORT_PASS_MS], true],
    [[hour, SHORT_PASS_MS], true],
  ] as const)("after passes of %j ms is answered no: %s", ([tookMs, last], { expect }) => {
    expect(isLast(tookMs)).toBe(last);
  });
});

describe("what is left to do after a copy", () => {
  const copied = { passes: [], changedSince: 1_800_000_000_000, before: "DB 0-1023", after: AFTER };
  const options = { plan: PLAN, url: "https://im.example.com", config: readConfig() };

  it("is the whole way, ready to paste", ({ expect }) => {
    const steps = stepsAfterCopy(copied, { ...options, env: undefined, isLastCopy: false });
    expect(steps.map(({ paste }) => paste)).toEqual([
      "npx wrangler queues pause-delivery friend-events",
      "npm run reshard -- copy --to DB_2 --slots 512-1023 --since 2027-01-15T08:00:00Z --url https://im.example.com",
      `SHARDS = "${AFTER}"`,
      "npm run deploy",
      "npm run reshard -- move --url https://im.example.com",
      "npx wrangler queues resume-delivery friend-events",
      "npm run reshard -- check --url https://im.example.com",
    ]);
    expect(parseMoment("2027-01-15T08:00:00Z")).toBe(copied.changedSince);
    expect(steps.map(({ what }) => what).join()).toContain("it is DB 0-1023 now");
  });

  it("behind the paused queue is the rest, and names the environment's own", ({ expect }) => {
    const config = readConfig("staging");
    const steps = stepsAfterCopy(copied, { ...options, config, env: "staging", isLastCopy: true });
    expect(steps.map(({ paste }) => paste)).toEqual([
      `SHARDS = "${AFTER}"`,
      "npm run deploy -- --env staging",
      "npm run reshard -- move --url https://im.example.com",
      "npx wrangler queues resume-delivery friend-events-staging",
      "npm run reshard -- check --url https://im.example.com",
    ]);
    expect(steps[0]?.what).toContain("under [env.staging.vars]");
  });
});

describe("the map", () => {
  it.for([
    ["DB 0-1023", { to: "DB_2", slots: [512, 1_023] }, AFTER],
    [AFTER, { to: "DB", slots: [512, 1_023] }, "DB 0-1023"],
    [AFTER, { to: "DB_3", slots: [7, 7] }, "DB 0-6, DB_3 7, DB 8-511, DB_2 512-1023"],
  ] as [string, Plan, string][])("%s with %j is %s", ([shards, plan, after], { expect }) => {
    const databases = ["DB", "DB_2", "DB_3"].map((name) => ({ name, slots: 0, bytes: 0 }));
    const answer = { slots: 1_024, shards, records: "DB", databases };
    expect(mapAfter(answer, plan)).toBe(after);
    expect(parseSlotMap(after)).toBeInstanceOf(Array);
  });

  it.for([
    [[0, 0], ["DB"]],
    [[511, 511], ["DB"]],
    [[512, 512], ["DB_2"]],
    [
      [511, 512],
      ["DB", "DB_2"],
    ],
    [[1_023, 1_023], ["DB_2"]],
  ] as [[number, number], string[]][])("has the slots %j in %j", ([slots, sources], { expect }) => {
    const databases = ["DB", "DB_2", "DB_3"].map((name) => ({ name, slots: 0, bytes: 0 }));
    const answer = { slots: 1_024, shards: AFTER, records: "DB", databases };
    const parts = partsOfCopy(answer, { to: "DB_3", slots }, undefined);
    expect([...new Set(parts.map(({ from }) => from))]).toEqual(sources);
  });
});

/** Half of the users copied, of whom one has changed since, and the map that gives them to DB_2. */
function afterCopy() {
  const everybody = users(30);
  const copies = movedOf(everybody);
  const [changed = ""] = Object.keys(copies);
  const stored: Record<string, Tables> = {
    DB: { friends: { ...everybody, [changed]: 2 }, dismissals: users(4) },
    DB_2: { friends: { ...copies } },
  };
  return { stored, everybody, copies: { ...copies, [changed]: 2 } };
}

describe("a check", () => {
  it("counts what lies elsewhere and what is behind, and writes nothing", async ({ expect }) => {
    const { stored, copies } = afterCopy();
    const before = structuredClone(stored);
    const found = await checked(await deployment(stored, { shards: AFTER }));
    const dismissals = Object.keys(movedOf(users(4))).length;
    const rows = Object.keys(copies).length + dismissals;
    expect(total(found)).toMatchObject({ rows, behind: 1 + dismissals, removed: 0 });
    expect(stored.DB).toMatchObject(before.DB ?? {});
    expect(stored.DB_2?.friends).toEqual(before.DB_2?.friends);
  });

  it("asks for nothing that cannot lie elsewhere", async ({ expect }) => {
    const one = await deployment({ DB: {} });
    await checked(one);
    expect(one.asked).toEqual([]);
    const records = await deployment({ DB: {}, RECORDS: {} });
    await checked(records);
    expect(records.asked.map(({ from, table }) => `${from} ${table}`).toSorted()).toEqual([
      ...["DB dead_letters", "DB friend_requests", "DB friend_responses", "DB rule_changes"],
      ...["RECORDS blacklist", "RECORDS dismissals", "RECORDS friends"],
    ]);
  });
});

describe("a move", () => {
  it("asks with the numbers, and changes nothing where the answer is no", async ({ expect }) => {
    const { stored, copies } = afterCopy();
    const played = await deployment(stored, { shards: AFTER });
    const asked: number[] = [];
    const ask = async (found: Found) => {
      asked.push(total(found).rows);
      return false;
    };
    expect((await moved(played, { ask })).found).toBeUndefined();
    expect(asked).toEqual([Object.keys(copies).length + Object.keys(movedOf(users(4))).length]);
    expect(played.asked.every(({ how }) => how === "check")).toBe(true);
    expect(existsSync(state())).toBe(false);
  });

  it("leaves each row where it belongs and nowhere else, and then finds nothing", async ({
    expect,
  }) => {
    const { stored, everybody, copies } = afterCopy();
    const played = await deployment(stored, { shards: AFTER });
    const { found = [] } = await moved(played, { ask: async () => true });
    expect(total(found)).toMatchObject({ behind: 0 });
    expect(stored.DB?.friends).toEqual(othersOf(everybody));
    expect(stored.DB_2?.friends).toEqual(copies);
    expect(total(await checked(played))).toMatchObject({ rows: 0 });
    const again = await moved(played, {
      ask: async () => {
        throw new Error("there is nothing to ask about");
      },
    });
    expect(total(again.found ?? [])).toMatchObject({ rows: 0 });
  });

  it("is undone by the old map and another move", async ({ expect }) => {
    const { stored, everybody, copies } = afterCopy();
    const played = await deployment(stored, { shards: AFTER });
    await moved(played);
    played.shards = "DB 0-1023";
    await moved(played);
    expect(stored.DB?.friends).toEqual({ ...everybody, ...copies });
    expect(stored.DB_2?.friends).toEqual({});
  });

  it("brings the record to its own database", async ({ expect }) => {
    const stored: Record<string, Tables> = {
      DB: { friend_responses: users(8), dead_letters: users(1), friends: users(3) },
      RECORDS: {},
    };
    await moved(await deployment(stored));
    expect(stored.DB).toMatchObject({ friend_responses: {}, dead_letters: {}, friends: users(3) });
    expect(stored.RECORDS).toMatchObject({ friend_responses: users(8), dead_letters: users(1) });
  });

  it("goes on where it was interrupted, without asking again", async ({ expect }) => {
    const { stored, everybody, copies } = afterCopy();
    const interruption = new AbortController();
    const played = await deployment(stored, {
      shards: AFTER,
      instead({ how }) {
        const moves = played.asked.filter((asked) => asked.how === "move").length;
        if (how === "move" && moves === 5) interruption.abort(new Error("interrupted"));
        return undefined;
      },
    });
    const ask = async () => true;
    await expect(moved(played, { ask, signal: interruption.signal })).rejects.toThrow(
      "interrupted",
    );
    const checks = played.asked.filter(({ how }) => how === "check").length;
    // By another map, rows that were passed already may have to go.
    played.shards = "DB 0-500, DB_2 501-1023";
    await expect(moved(played, { ask })).rejects.toMatchObject({
      message: expect.stringContaining("the state of another one"),
    });
    played.shards = AFTER;
    const { goingOn } = await moved(played, { ask });
    expect(goingOn).toHaveLength(1);
    expect(played.asked.filter(({ how }) => how === "check")).toHaveLength(checks);
    expect(stored.DB?.friends).toEqual(othersOf(everybody));
    expect(stored.DB_2?.friends).toEqual(copies);
  });
});

describe("npm run reshard", () => {
  it("shows what there is where a database does not answer", async ({ expect }) => {
    const { url } = await deployment({ DB: {} }, { bytes: null });
    const { code, stdout } = await reshard(["show", "--url", url]);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/DB +│ +1024 │ no answer │/)]);
    const json = JSON.parse((await reshard(["show", "--json", "--url", url])).stdout);
    expect(json.databases).toMatchObject([{ bytes: null, percent: null }]);
  });

  it("shows how full each database is, and where the record is", async ({ expect }) => {
    const stored = { DB: {}, DB_2: {}, RECORDS: {} };
    const { url } = await deployment(stored, { shards: AFTER, bytes: 8_200_000_000 });
    const { code, stdout } = await reshard(["show", "--url", url]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/DB_2 +│ +512 │ 8\.20 GB │ 82 %/);
    expect(stdout).toMatch(/RECORDS +│ +0 │ .*the record/);
    expect(stdout).toContain(`SHARDS = "${AFTER}"`);
    const json = JSON.parse((await reshard(["show", "--json", "--url", url])).stdout);
    expect(json).toMatchObject({
      ...{ shards: AFTER, records: "RECORDS" },
      databases: [{ name: "DB", slots: 512, bytes: 8_200_000_000, percent: 82 }, {}, {}],
    });
  });

  it("copies, then says what to do; checks, and moves where it is told to", async ({ expect }) => {
    const everybody = users(30);
    const stored: Record<string, Tables> = { DB: { friends: { ...everybody } }, DB_2: {} };
    const played = await deployment(stored);
    const to = ["--url", played.url];
    const args = ["copy", "--to", "DB_2", "--slots", "512-1023", "--state", state(), ...to];
    const text = await reshard(args);
    expect(text.code).toBe(0);
    expect(text.stdout).toContain(
      `3. Put this into friendgate.toml, under [vars] (it is DB 0-1023`,
    );
    const json = JSON.parse((await reshard([...args, "--json"])).stdout);
    const rows = Object.keys(movedOf(everybody)).length;
    expect(json).toMatchObject({ to: "DB_2", passes: [{ since: null, rows }], after: AFTER });
    expect(json.next[2]).toBe(`SHARDS = "${AFTER}"`);

    const copies = await reshard(["check", ...to]);
    expect(copies.code).toBe(1);
    expect(copies.stdout).toMatch(/DB_2 +│ friends │ +\d+ │ +0/);
    played.shards = AFTER;
    const checked = await reshard(["check", "--json", ...to]);
    expect(checked.code).toBe(1);
    expect(JSON.parse(checked.stdout)).toEqual({
      ...{ rows, behind: 0 },
      parts: [{ database: "DB", table: "friends", rows, behind: 0 }],
    });
    const unasked = await reshard(["move", "--state", state(), ...to]);
    expect(unasked.code).toBe(2);
    expect(unasked.stderr).toContain("nobody is there to ask");
    const moved = await reshard(["move", "--yes", "--json", "--state", state(), ...to]);
    expect(moved.code).toBe(0);
    expect(JSON.parse(moved.stdout)).toMatchObject({ moved: rows, stayed: 0 });
    expect(moved.stderr).toContain("the way back is the old SHARDS");
    expect(stored.DB?.friends).toEqual(othersOf(everybody));
  });

  it("ends with 1 where rows stay behind", async ({ expect }) => {
    const stored: Record<string, Tables> = { DB: { friends: users(4) }, DB_2: {} };
    const { url } = await deployment(stored, {
      shards: AFTER,
      instead: ({ table, from }) =>
        table === "friends" && from === "DB"
          ? { status: 200, body: { after: null, rows: 4, behind: 1, removed: 3 } }
          : undefined,
    });
    const { code, stdout, stderr } = await reshard([
      "move",
      "--yes",
      "--state",
      state(),
      "--url",
      url,
    ]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/DB +│ friends │ +3 │ +1/);
    expect(stderr).toContain("1 rows stay");
  });

  it.for([
    [["copy", "--slots", "0-9"], "--to"],
    [["copy", "--to", "RECORDS", "--slots", "0-9"], "the binding of a database"],
    [["copy", "--to", "DB_2", "--slots", "9-0"], "the first and the last one"],
    [["copy", "--to", "DB_2", "--slots", "0-1024"], "the last there is is 1023"],
    [["copy", "--to", "DB_2", "--slots", "0-9", "--since", "2999-01-01"], "a time to come"],
  ] as const)("%j is refused", async ([args, words], { expect }) => {
    const { code, stderr } = await reshard(args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });

  it("says it where the token is another one, or there is no such path", async ({ expect }) => {
    const { url } = await deployment({ DB: {} });
    const { code, stderr } = await reshard(["show", "--url", url], { API_TOKEN: "another-token" });
    expect(code).toBe(2);
    expect(stderr).toContain("another API_TOKEN");
  });
});
