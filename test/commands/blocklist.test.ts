import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it, vi } from "vitest";
import { listKeys } from "../../tools/blocklist/kv.ts";
import type { Output } from "../../tools/lib/child.ts";
import { root, runWrangler } from "../../tools/lib/wrangler.ts";
import { copyOfProject, runCommand } from "../support/commands.ts";

// A wrangler takes a second, several on a busy machine, and some tests run ten.
vi.setConfig({ testTimeout: 300_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "friendgate-test-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** Runs the tool on local storage of this test. */
function blocklist(args: readonly string[], env: Record<string, string> = {}): Promise<Output> {
  return runCommand(
    process.execPath,
    [join(root, "tools/blocklist/main.ts"), ...args, "--persist-to", storage()],
    // An npm that runs the tests must not pass for one that runs the tool.
    { npm_lifecycle_event: "", NO_COLOR: "1", ...env },
    folder,
  );
}

/** Runs `wrangler kv …` itself on the same storage. */
function wranglerKv(...args: string[]): Promise<string> {
  return runWrangler([
    "kv",
    ...args,
    "--binding",
    "BLOCKLIST",
    "--local",
    "--persist-to",
    storage(),
  ]);
}

async function storedKeys(): Promise<{ name: string; expiration?: number }[]> {
  return JSON.parse(await wranglerKv("key", "list"));
}

function storage(): string {
  return join(folder, "state");
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** The real wrangler, but for the second time that it is to put many. */
const FAILS_AT_SECOND_PUT = `
import { spawnSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
const file = new URL("puts", import.meta.url);
if (process.argv.includes("put")) appendFileSync(file, "put\\n");
if (process.argv.includes("put") && readFileSync(file, "utf8").split("\\n").length === 3) {
  console.error("KV is away");
  process.exit(1);
}
const real = ${JSON.stringify(join(root, "node_modules/wrangler/bin/wrangler.js"))};
const { status } = spawnSync(process.execPath, [real, ...process.argv.slice(2)], { stdio: "inherit" });
process.exitCode = status;
`;

/** The real wrangler, and a file with its command lines. */
const WRITES_ARGUMENTS = `
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
const args = process.argv.slice(2);
appendFileSync(new URL("arguments", import.meta.url), JSON.stringify(args) + "\\n");
const real = ${JSON.stringify(join(root, "node_modules/wrangler/bin/wrangler.js"))};
process.exitCode = spawnSync(process.execPath, [real, ...args], { stdio: "inherit" }).status;
`;

/** A copy of the project in which wrangler is another script. */
function projectWithWrangler(script: string): string {
  const project = copyOfProject();
  const modules = join(project, "node_modules");
  rmSync(modules);
  mkdirSync(join(modules, "wrangler/bin"), { recursive: true });
  for (const name of readdirSync(join(root, "node_modules"))) {
    if (name !== "wrangler") symlinkSync(join(root, "node_modules", name), join(modules, name));
  }
  writeFileSync(join(modules, "wrangler/package.json"), '{"type":"module","main":"index.cjs"}');
  writeFileSync(
    join(modules, "wrangler/index.cjs"),
    `module.exports = require(${JSON.stringify(join(root, "node_modules/wrangler"))});`,
  );
  writeFileSync(join(modules, "wrangler/bin/wrangler.js"), script);
  return project;
}

function csvOf(rules: number): string {
  return [
    "kind,id,reason",
    ...Array.from({ length: rules }, (_, i) => `user,spammer${i},spam`),
  ].join("\n");
}

describe("add", () => {
  it("stores what wrangler reads, prints its command, and says that the account is untouched", async ({
    expect,
  }) => {
    const { code, stdout, stderr } = await blocklist(
      "add pair a:b bob --code 38020 --actions Reject --platforms Web,iOS --note it's --expires 2037-01-31".split(
        " ",
      ),
    );
    expect(code).toBe(0);
    const value = `{"code":38020,"actions":["Reject"],"platforms":["Web","iOS"],"note":"it's"}`;
    expect(stderr).toContain(
      `+ npx wrangler kv key put pair:a%3Ab:bob '${value.replace("'", "'\\''")}' ` +
        `--expiration 2116972800 --binding BLOCKLIST --local --persist-to ${storage()}\n`,
    );
    expect(stdout).toBe(
      `Stored pair:a%3Ab:bob in local storage (${storage()}).\n` +
        "Your Cloudflare account is as it was: add --remote to change it.\n",
    );
    expect(await wranglerKv("key", "get", "pair:a%3Ab:bob", "--text")).toBe(`${value}\n`);
    expect(await storedKeys()).toEqual([{ name: "pair:a%3Ab:bob", expiration: 2_116_972_800 }]);
  });

  it("puts no value on a command line, and stores it as it is", async ({ expect }) => {
    const project = projectWithWrangler(WRITES_ARGUMENTS);
    const tool = join(project, "tools/blocklist/main.ts");
    const reason = "case 4711: $(id) 小明";
    const args = ["add", "user", "bob", "--reason", reason, "--persist-to", storage()];
    const { code, stderr } = await runCommand(process.execPath, [tool, ...args], {}, folder);
    expect(code).toBe(0);
    // The command for the hand has it, and stderr is no command line.
    expect(stderr).toContain(`kv key put user:bob '${reason}' --binding`);
    const ran = readFileSync(join(project, "node_modules/wrangler/bin/arguments"), "utf8");
    expect(ran).toMatch(/^\["kv","key","put","user:bob","--path","[^"]+","--binding"/);
    expect(ran).not.toContain("4711");
    expect(await wranglerKv("key", "get", "user:bob", "--text")).toBe(`${reason}\n`);
    rmSync(project, { recursive: true });
  });

  it("takes a time to live, and says when a kind is not looked up", async ({ expect }) => {
    const { stdout } = await blocklist(["add", "ip", "2001:DB8::1", "--ttl", "3600"]);
    expect(stdout).toContain("It has no effect while BLOCKLIST_KINDS is pair,user.");
    const [key] = await storedKeys();
    expect(key?.name).toBe("ip:2001%3Adb8%3A%3A1");
    expect(key?.expiration).toBeGreaterThan(Date.now() / 1000 + 3_000);
  });

  it.for<[args: string, problem: RegExp]>([
    ["add users bob", /Allowed choices are pair, user, responder, applicant, ip/],
    ["add user", /missing required argument 'ids'/],
    ["add user a b", /a user rule is user:<id>/],
    ["add ip 192.0.2.256", /is no IP address/],
    ["add user bob --code 1", /It must be a whole number from 38000 to 39000/],
    ["add user bob --code x", /It must be a whole number/],
    ["add user bob --actions agree", /actions must be a list of/],
    ["add user bob --mode deny", /Allowed choices are block, observe, allow/],
    ["add user bob --ttl 59", /KV takes no less than 60/],
    ["add user bob --expires 2020-01-01", /has expired/],
    ["add user bob --expires soon", /It must be 2027-01-31/],
    ["add user bob --ttl 60 --expires 2037-01-01", /cannot be used with option/],
  ])("refuses %s, and runs nothing", async ([args, problem], { expect }) => {
    const { code, stderr } = await blocklist(args.split(" "));
    expect(code).toBe(1);
    expect(stderr).toMatch(problem);
    expect(stderr).not.toContain("npx wrangler");
  });
});

describe("remove", () => {
  it("removes a rule, and fails where there is none", async ({ expect }) => {
    await wranglerKv("key", "put", "user:bob", "spam");
    const removed = await blocklist(["remove", "user", "bob"]);
    expect(removed).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Removed user:bob in local storage/),
      stderr: expect.stringContaining(
        "+ npx wrangler kv key delete user:bob --binding BLOCKLIST --local",
      ),
    });
    expect(await storedKeys()).toEqual([]);
    const again = await blocklist(["remove", "user", "bob"]);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain("There is no user:bob in local storage");
    expect(again.stderr).not.toContain("key delete");
  });
});

describe("what is stored", () => {
  it("is listed, explained, exported, and converts to what it was", async ({ expect }) => {
    const bulk = [
      { key: "applicant:bot", value: '{"mode":"observe","code":38100}' },
      { key: "pair:kid:mum", value: '{"mode":"allow","note":"ticket, \\"4711\\""}' },
      { key: "user:kid", value: "Ask your parents.", expiration: 2_116_972_800 },
    ];
    await wranglerKv("bulk", "put", join(folder, file("bulk.json", JSON.stringify(bulk))));

    const list = await blocklist(["list"]);
    expect(list.stdout).toMatch(/│ applicant │ bot +│ observe │ 38100 │/);
    expect(list.stdout).toMatch(/│ pair +│ kid → mum │ allow +│ +│ .*ticket, "4711"/);
    expect(list.stdout).toMatch(
      /│ user +│ kid +│ block +│ 38000 │ Ask your parents\. .*2037-01-31T00:00:00Z/,
    );
    expect(list.stdout).toContain("3 rules in local storage");
    const pairs = await blocklist(["list", "--kind", "pair"]);
    expect(pairs.stdout).toContain("1 rule in local storage");

    const explained = await blocklist(["explain", "--from", "kid", "--to", "bot"]);
    expect(explained.stdout).toContain("Decided by user:kid: refused.");
    const reject = await blocklist("explain --from kid --to bot --action Reject".split(" "));
    expect(reject.stdout).toContain('{"To_Account":"bot","ResultCode":0,"ResultInfo":""}');
    const tried = await blocklist("explain --from al --to bot --kinds applicant".split(" "));
    expect(tried.stdout).toContain("Observed: applicant:bot would have refused it.");

    const lint = await blocklist(["lint"]);
    expect(lint).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("3 rules, no problem"),
      stderr: expect.stringContaining("Note: applicant rules have no effect"),
    });

    const exported = await blocklist(["export"]);
    expect(exported.code).toBe(0);
    const converted = await blocklist(["convert", file("out.csv", exported.stdout)]);
    expect(JSON.parse(converted.stdout)).toEqual(bulk);
  });

  it("is all of it, beyond the thousand keys that wrangler lists", async ({ expect }) => {
    const imported = await blocklist(["import", file("bans.csv", csvOf(1_001))]);
    expect(imported.code).toBe(0);
    expect(imported.stderr).toMatch(/Stored 1000 of 1001\nStored 1001 of 1001\n/);
    expect(imported.stdout).toContain("Stored 1001 rules in local storage");
    expect(await storedKeys()).toHaveLength(1_000);

    const exported = await blocklist(["export"]);
    expect(exported.stdout.trim().split("\n")).toHaveLength(1_002);
    // One process reads them all.
    expect(exported.stderr.match(/npx wrangler/g)).toHaveLength(1);
  });

  it("is linted by key, and what no row can hold is not exported in silence", async ({
    expect,
  }) => {
    const bulk = [
      { key: "users:bob", value: "spam" },
      { key: "user:bob", value: '{"code":1}' },
      { key: "user:eve", value: "spam" },
    ];
    await wranglerKv("bulk", "put", join(folder, file("bulk.json", JSON.stringify(bulk))));
    const { code, stdout } = await blocklist(["lint"]);
    expect(code).toBe(1);
    const where = `local storage (${storage()})`;
    expect(stdout.trim().split("\n")).toEqual([
      `${where}: user:bob: code must be a whole number from 38000 to 39000`,
      expect.stringContaining(`${where}: users:bob: unknown kind "users"`),
      `${where}: 2 problems`,
    ]);

    const exported = await blocklist(["export"]);
    expect(exported.code).toBe(1);
    expect(exported.stdout.trim().split("\n")).toHaveLength(2);
    expect(exported.stderr).toContain("user:bob: cannot be written as CSV");
    expect(exported.stderr).toContain("users:bob: cannot be written as CSV");
  });

  it("may be nothing", async ({ expect }) => {
    expect((await blocklist(["list"])).stdout).toMatch(/^0 rules in local storage/);
    expect((await blocklist(["lint"])).stdout).toMatch(/0 rules, no problem/);
  });
});

describe("a file", () => {
  const bad = [
    "kind,id,reason,code,expires",
    "user,bob,spam,,",
    "users,eve,,,",
    "user,mallory,,7,2020-01-01",
    "user,bob,again,,",
  ].join("\n");
  const problems = [
    'bad.csv:3: unknown kind "users": the kinds are pair, user, responder, applicant, ip',
    "bad.csv:4: user:mallory: code must be a whole number from 38000 to 39000",
    "bad.csv:4: user:mallory: has expired",
    "bad.csv:5: user:bob: the key is in line 2 already",
    "bad.csv: 4 problems",
  ];

  it("is linted with the lines of its problems", async ({ expect }) => {
    const { code, stdout } = await blocklist(["lint", file("bad.csv", bad)]);
    expect(code).toBe(1);
    expect(stdout.trim().split("\n")).toEqual(problems);
  });

  it("with a problem is not converted, and nothing of it is stored", async ({ expect }) => {
    const converted = await blocklist(["convert", file("bad.csv", bad)]);
    expect(converted).toEqual({ code: 1, stdout: "", stderr: `${problems.join("\n")}\n` });
    const imported = await blocklist(["import", "bad.csv"]);
    expect(imported.code).toBe(1);
    expect(imported.stderr).toBe(`${problems.join("\n")}\nNothing was stored.\n`);
    expect(await storedKeys()).toEqual([]);
  });

  it("in another encoding is not taken for other accounts", async ({ expect }) => {
    const gb18030 = Buffer.from([...Buffer.from("kind,id\nuser,"), 0xd0, 0xa1, 0xc3, 0xf7]);
    writeFileSync(join(folder, "gb.csv"), gb18030);
    const imported = await blocklist(["import", "gb.csv"]);
    expect(imported).toMatchObject({
      code: 1,
      stderr: "gb.csv: is not UTF-8: save it as UTF-8\ngb.csv: 1 problem\nNothing was stored.\n",
    });
  });

  it("whose last line is wrong is not stored at all", async ({ expect }) => {
    file("late.csv", `${csvOf(1_500)}\nuser,${"x".repeat(600)},spam`);
    const imported = await blocklist(["import", "late.csv"]);
    expect(imported.code).toBe(1);
    expect(imported.stderr).toMatch(
      /^late\.csv:1502: the key has 605 bytes.*\n.*\nNothing was stored\.\n$/,
    );
    expect(await storedKeys()).toEqual([]);
  });

  it("of which a step fails says what is stored, and is stored the second time", async ({
    expect,
  }) => {
    const project = projectWithWrangler(FAILS_AT_SECOND_PUT);
    file("bans.csv", csvOf(2_001));
    const importAll = () =>
      runCommand(
        process.execPath,
        [join(project, "tools/blocklist/main.ts"), "import", "bans.csv", "--persist-to", storage()],
        { npm_lifecycle_event: "" },
        folder,
      );
    const half = await importAll();
    expect(half.code).toBe(1);
    expect(half.stderr).toContain("Stored 1000 of 2001\n");
    expect(half.stderr).not.toContain("Stored 2000");
    expect(half.stderr).toContain("KV is away");
    expect(half.stderr.trim().split("\n").slice(-4)).toEqual([
      "Stored: 1000 of 2001 rules, up to line 1001.",
      "Perhaps stored: the next 1000, lines 1002 to 2001.",
      "Not stored: the last 1.",
      "Run the same command again: it stores all of them, and those that are there stay as they are.",
    ]);
    expect(half.stdout).toBe("");
    const keys = () => listKeys({ remote: false, persistTo: storage() });
    expect(await keys()).toHaveLength(1_000);

    expect((await importAll()).stdout).toContain("Stored 2001 rules");
    expect(await keys()).toHaveLength(2_001);
    rmSync(project, { recursive: true });
  });

  it("of wrangler's format is linted and imported too", async ({ expect }) => {
    file("bulk.json", '[\n{"key":"user:bob",\n "value":"spam"}\n]');
    expect(await blocklist(["lint", "bulk.json"])).toMatchObject({
      code: 0,
      stdout: "bulk.json: 1 rule, no problem\n",
    });
    expect((await blocklist(["import", "bulk.json"])).code).toBe(0);
    expect(await storedKeys()).toEqual([{ name: "user:bob" }]);

    const { code, stdout } = await blocklist([
      "lint",
      file("bad.json", '[\n{"key":"user:bob",\n "value":"spam",\n "expires":5}\n]'),
    ]);
    expect(code).toBe(1);
    expect(stdout).toContain("bad.json:4: user:bob: wrangler ignores expires\n");
  });

  it("that is not there is said so", async ({ expect }) => {
    const { code, stderr } = await blocklist(["lint", "none.csv"]);
    expect(code).toBe(1);
    expect(stderr).toContain("no such file");
  });

  it("of ten thousand rules converts and lints", async ({ expect }) => {
    file("bans.csv", csvOf(10_000));
    const took: Record<string, string> = {};
    for (const command of ["convert", "lint"]) {
      const startedMs = performance.now();
      const { code, stdout } = await blocklist([command, "bans.csv"]);
      took[command] = `${Math.round(performance.now() - startedMs)} ms`;
      expect(code).toBe(0);
      if (command === "convert") expect(JSON.parse(stdout)).toHaveLength(10_000);
      else expect(stdout).toBe("bans.csv: 10000 rules, no problem\n");
    }
    console.log("10,000 rules:", took);
  });
});

describe("npm run", () => {
  it.for(["convert", "export"])(
    "without --silent is refused by %s, whose output is a file",
    async (command, { expect }) => {
      const args = command === "convert" ? [command, file("one.csv", csvOf(1))] : [command];
      const npm = { npm_lifecycle_event: "blocklist" };
      const banner = await blocklist(args, npm);
      expect(banner).toMatchObject({ code: 1, stdout: "" });
      expect(banner.stderr).toContain("npm run --silent blocklist");
      const silent = await blocklist(args, { ...npm, npm_config_loglevel: "silent" });
      expect(silent.code).toBe(0);
      expect(silent.stdout).not.toBe("");
    },
  );

  it("names the script that is in package.json", ({ expect }) => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(scripts.blocklist).toMatch(/^node .*\btools\/blocklist\/main\.ts$/);
  });
});

describe("--help", () => {
  it.for(["", "add", "remove", "list", "lint", "convert", "import", "export", "explain"])(
    "of %s teaches by example",
    async (command, { expect }) => {
      const { code, stdout } = await blocklist([...command.split(" ").filter(Boolean), "--help"]);
      expect(code).toBe(0);
      expect(stdout).toMatch(new RegExp(`Examples?:\n  npm run .*blocklist -- ${command}`));
      expect(stdout).toContain("--remote");
    },
  );
});
