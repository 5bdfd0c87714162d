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
import { afterEach, beforeEach, describe, it } from "vitest";
import type { Output } from "../../tools/lib/child.ts";
import { root, runWrangler } from "../../tools/lib/wrangler.ts";
import { copyOfProject, runCommand } from "../support/commands.ts";
import { bindingsOf, closeBindings } from "../support/local-storage.ts";
import { gb18030 } from "../support/spreadsheet.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "friendgate-test-"));
});
afterEach(async () => {
  await closeBindings();
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
  const flags = ["--binding", "BLOCKLIST", "--local", "--persist-to", storage()];
  return runWrangler(["kv", ...args, ...flags]);
}

/** What the Worker would find: at most a thousand keys. */
async function storedKeys(): Promise<{ name: string; expiration?: number }[]> {
  const { BLOCKLIST } = await bindingsOf(storage());
  return (await BLOCKLIST.list()).keys;
}

async function storedValue(key: string): Promise<string | null> {
  const { BLOCKLIST } = await bindingsOf(storage());
  return BLOCKLIST.get(key);
}

/** Puts rules into the storage without the tool. */
type StoredRule = { key: string; value: string; expiration?: number; metadata?: object };

async function putRules(rules: readonly StoredRule[]) {
  const { BLOCKLIST } = await bindingsOf(storage());
  for (const { key, value, ...options } of rules) await BLOCKLIST.put(key, value, options);
}

function storage(): string {
  return join(folder, "state");
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return name;
}

/** The real wrangler, and a file with its command lines. */
const WRITES_ARGUMENTS = `
import { spawnSync } from "node:child_process";
import { appendFileSync } from "node:fs";
import { statSync } from "node:fs";
import { dirname } from "node:path";
const args = process.argv.slice(2);
appendFileSync(new URL("arguments", import.meta.url), JSON.stringify(args) + "\\n");
for (const path of args.filter((arg) => arg.includes("/friendgate-"))) {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) continue;
  const modes = [path, dirname(path)].map((each) => (statSync(each).mode & 0o777).toString(8));
  appendFileSync(new URL("modes", import.meta.url), modes.join(" ") + "\\n");
}
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

function csvOf(rules: number, reason = "spam"): string {
  const rows = Array.from({ length: rules }, (_, i) => `user,spammer${i},${reason}`);
  return ["kind,id,reason", ...rows].join("\n");
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
    expect(stdout).toBe(`Stored pair:a%3Ab:bob in local storage (${storage()}).\n`);
    expect(stderr).toContain(
      "friendgate: your Cloudflare account is as it was: add --remote to change it\n",
    );
    expect(await wranglerKv("key", "get", "pair:a%3Ab:bob", "--text")).toBe(`${value}\n`);
    expect(JSON.parse(await wranglerKv("key", "list"))).toEqual([
      { name: "pair:a%3Ab:bob", expiration: 2_116_972_800 },
    ]);
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
    expect(await storedValue("user:bob")).toBe(reason);
    // The file and its folder are the user's alone.
    const modes = readFileSync(join(project, "node_modules/wrangler/bin/modes"), "utf8");
    expect(modes).toBe("600 700\n");
    rmSync(project, { recursive: true });
  });

  it("takes a time to live, and says when a kind is not looked up", async ({ expect }) => {
    const { stderr } = await blocklist(["add", "ip", "2001:DB8::1", "--ttl", "3600"]);
    expect(stderr).toContain("friendgate: it has no effect while BLOCKLIST_KINDS is user,pair\n");
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
    ["add user bob --actions agree", /actions must be a list of Request, Agree/],
    ["explain --request --from a --to b --action Agree", /cannot be used with option '--request'/],
    ["add user bob --mode deny", /Allowed choices are block, observe, allow/],
    ["add user bob --ttl 59", /KV takes no less than 60/],
    ["add user bob --expires 2020-01-01", /has expired/],
    ["add user bob --expires soon", /It must be 2027-01-31/],
    ["add user bob --ttl 60 --expires 2037-01-01", /cannot be used with option/],
    ["add user bob --platforms Web,Andriod", /no callback comes from the platform "Andriod"/],
    ["add user 1.40E+10", /looks like a number that a spreadsheet has shortened/],
    [`add user ${"x".repeat(129)}`, /an id has 129 bytes, and no account has more than 128/],
  ])("refuses %s, and runs nothing", async ([args, problem], { expect }) => {
    const { code, stderr } = await blocklist(args.split(" "));
    expect(code).toBe(2);
    expect(stderr).toMatch(problem);
    expect(stderr).not.toContain("npx wrangler");
  });
});

describe("add --force", () => {
  it("takes a platform that no page knows", async ({ expect }) => {
    const args = ["add", "user", "bob", "--platforms", "HarmonyOS", "--force"];
    expect((await blocklist(args)).code).toBe(0);
    expect((await blocklist(["lint"])).code).toBe(1);
    expect((await blocklist(["lint", "--force"])).code).toBe(0);
  });
});

describe("remove", () => {
  it("removes a rule, and fails where there is none", async ({ expect }) => {
    await putRules([{ key: "user:bob", value: "spam" }]);
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
    expect(again.stderr).toContain("there is no user:bob in local storage");
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
    await putRules(bulk);

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
    expect(explained.code).toBe(1);
    const reject = await blocklist("explain --from kid --to bot --action Reject".split(" "));
    expect(reject.code).toBe(0);
    expect(reject.stdout).toContain('{"To_Account":"bot","ResultCode":0,"ResultInfo":""}');
    const tried = await blocklist("explain --from al --to bot --kinds applicant".split(" "));
    expect(tried.stdout).toContain("Observed: applicant:bot would have refused it.");

    const lint = await blocklist(["lint"]);
    expect(lint).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("3 rules, no problem"),
      stderr: expect.stringContaining("friendgate: applicant rules have no effect"),
    });

    const exported = await blocklist(["export"]);
    expect(exported.code).toBe(0);
    const converted = await blocklist(["convert", file("out.csv", exported.stdout)]);
    expect(JSON.parse(converted.stdout)).toEqual(bulk);
  });

  it("explains a request and its acceptance, hints at what lets requests pass, and leaves the quota's rules alone", async ({
    expect,
  }) => {
    const quota = '{"reason":"quota","actions":["Request"],"mode":"block","note":"since noon"}';
    const late = { key: "user:late", value: '{"actions":["AgreeAndAdd"]}' };
    await putRules([{ key: "applicant:eager", value: quota, metadata: { by: "quota" } }, late]);
    const explain = (from: string, ...more: string[]) =>
      blocklist(["explain", "--request", "--from", from, "--to", "kid", ...more]);

    const eager = await explain("eager", "--kinds", "user,applicant");
    expect(eager.code).toBe(1);
    expect(eager.stdout).toContain("The request:\nDecided by applicant:eager: refused.");
    expect(eager.stdout).toContain("Its acceptance:\nNo rule decides: it passes.");
    // As it is configured, nobody would look for it.
    expect((await explain("eager")).stdout).toContain("Not read, for BLOCKLIST_KINDS leaves");
    const json = await explain("late", "--json");
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toMatchObject({
      outcome: "allow",
      result: { To_Account: "kid", ResultCode: 0 },
      acceptance: { outcome: "block", decidedBy: "user:late", result: { To_Account: "late" } },
    });

    const lint = await blocklist(["lint"]);
    expect(lint).toMatchObject({ code: 0, stdout: expect.stringContaining("2 rules, no problem") });
    expect(lint.stderr).toContain("user:late: it refuses what is answered");
    expect((await blocklist(["lint", "--force"])).stderr).not.toContain("user:late");
    const list = await blocklist(["list"]);
    expect(list.stdout).toMatch(
      /│ eager │ block │ 38000 │ Too many friend requests\. .* │ \(made by REQUESTS_PER_DAY\) since noon │/,
    );
    const listed = JSON.parse((await blocklist(["list", "--json"])).stdout);
    expect(listed.rules.map(({ isQuota }: { isQuota?: true }) => isQuota)).toEqual([
      true,
      undefined,
    ]);
    const exported = await blocklist(["export"]);
    expect(exported.code).toBe(0);
    expect(exported.stdout).not.toContain("eager");
    expect(exported.stderr).toContain("friendgate: 1 of REQUESTS_PER_DAY left out");
  });

  it("is all of it, beyond the thousand keys that wrangler lists", async ({ expect }) => {
    const imported = await blocklist(["import", file("bans.csv", csvOf(1_001))]);
    expect(imported.code).toBe(0);
    expect(imported.stderr).toContain("friendgate: Stored 1001 of 1001\n");
    expect(imported.stdout).toContain("Stored 1001 rules in local storage");
    expect(JSON.parse(await wranglerKv("key", "list"))).toHaveLength(1_000);

    const exported = await blocklist(["export"]);
    expect(exported.stdout.trim().split("\n")).toHaveLength(1_002);
  });

  it("is linted by key, and what no row can hold is not exported in silence", async ({
    expect,
  }) => {
    const bulk = [
      { key: "users:bob", value: "spam" },
      { key: "user:bob", value: '{"code":1}' },
      { key: "user:eve", value: "spam" },
    ];
    await putRules(bulk);
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
    "bad.csv:5: user:bob: contradicts line 2, another rule with the same key",
    "bad.csv: 4 problems",
  ];

  it("is linted with the lines of its problems", async ({ expect }) => {
    const { code, stdout } = await blocklist(["lint", file("bad.csv", bad)]);
    expect(code).toBe(1);
    expect(stdout.trim().split("\n")).toEqual(problems);
  });

  it("with a problem is not converted, and nothing of it is stored", async ({ expect }) => {
    const converted = await blocklist(["convert", file("bad.csv", bad)]);
    const said = ["bad.csv: read as UTF-8, separated by commas", ...problems];
    const stderr = said.map((line) => `friendgate: ${line}\n`).join("");
    const todo = "  → correct bad.csv, and run it again\n";
    expect(converted).toEqual({
      code: 1,
      stdout: "",
      stderr: `${stderr}friendgate: nothing was converted\n${todo}`,
    });
    const imported = await blocklist(["import", "bad.csv"]);
    expect(imported.code).toBe(1);
    expect(imported.stderr).toBe(`${stderr}friendgate: nothing was stored\n${todo}`);
    expect(await storedKeys()).toEqual([]);
  });

  it("as Excel on Chinese Windows saves it is stored as it was meant", async ({ expect }) => {
    const csv = "Kind;ID;reason\r\nuser;小明;禁止\r\n;;\r\n";
    writeFileSync(join(folder, "gb.csv"), gb18030(csv));
    const imported = await blocklist(["import", "gb.csv"]);
    expect(imported).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Stored 1 rule in"),
      stderr: expect.stringContaining("gb.csv: read as GB18030, separated by semicolons"),
    });
    expect(await storedValue("user:%E5%B0%8F%E6%98%8E")).toBe("禁止");
  });

  it("whose last line is wrong is not stored at all", async ({ expect }) => {
    file("late.csv", `${csvOf(1_500)}\nuser,${"x".repeat(600)},spam`);
    const imported = await blocklist(["import", "late.csv"]);
    expect(imported.code).toBe(1);
    expect(imported.stderr).toMatch(
      /late\.csv:1502: an id has 600 bytes.*\n.*\nfriendgate: nothing was stored\n/,
    );
    expect(await storedKeys()).toEqual([]);
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
    expect(code).toBe(3);
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

describe("a reader that has seen enough", () => {
  it("changes neither the exit code nor stderr", async ({ expect }) => {
    // More than a pipe holds.
    await blocklist(["import", file("bans.csv", csvOf(700, "x".repeat(150)))]);
    const tool = `'${process.execPath}' '${join(root, "tools/blocklist/main.ts")}'`;
    for (const [command, code] of [
      ["export", 0],
      ["list", 0],
      ["diff bans.csv", 0],
    ] as const) {
      const line = `${tool} ${command} --persist-to '${storage()}' | head -1; echo \${PIPESTATUS[0]}`;
      const { stdout, stderr } = await runCommand("bash", ["-c", line], {}, folder);
      expect(stdout.trim().split("\n").at(-1)).toBe(String(code));
      expect(stderr).not.toMatch(/EPIPE|Error/);
    }
  });
});

describe("npm run", () => {
  it.for(["convert", "export"])(
    "without -s is refused by %s, whose output is a file",
    async (command, { expect }) => {
      const args = command === "convert" ? [command, file("one.csv", csvOf(1))] : [command];
      const npm = { npm_lifecycle_event: "blocklist" };
      const banner = await blocklist(args, npm);
      expect(banner).toMatchObject({ code: 2, stdout: "" });
      expect(banner.stderr).toContain("npm run -s blocklist");
      const silent = await blocklist(args, { ...npm, npm_config_loglevel: "silent" });
      expect(silent.code).toBe(0);
      expect(silent.stdout).not.toBe("");
    },
  );

  it("names the script that is in package.json", ({ expect }) => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
    expect(scripts.blocklist).toMatch(/^exec node .*\btools\/blocklist\/main\.ts$/);
  });
});

describe("--help", () => {
  it.for(["", "add", "remove", "list", "lint", "diff", "convert", "import", "export", "explain"])(
    "of %s teaches by example",
    async (command, { expect }) => {
      const { code, stdout } = await blocklist([...command.split(" ").filter(Boolean), "--help"]);
      expect(code).toBe(0);
      const [, examples = ""] = stdout.split("\nExamples:\n");
      expect(examples).toMatch(new RegExp(`^  npm run .*blocklist -- ${command}`, "m"));
      expect(stdout).toContain("--remote");
    },
  );
});

it.for<[string, string]>([
  [".dev.vars", "BLOCKLIST_MODE=observe"],
  ["friendgate.toml", '[vars]\nBLOCKLIST_MODE = "observe"'],
])("explain says that no rule is in force, where %s says so", async ([name, text], { expect }) => {
  const project = copyOfProject();
  writeFileSync(join(project, name), text);
  const ran = await runCommand(
    process.execPath,
    [join(project, "tools/blocklist/main.ts"), ..."explain --from kid --to bot".split(" ")],
    { npm_lifecycle_event: "", NO_COLOR: "1" },
    project,
  );
  rmSync(project, { recursive: true });
  expect(ran.stderr).toContain("friendgate: BLOCKLIST_MODE is observe: until that is undone,");
  expect(ran.code).toBe(0);
});
