import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Output, outputOf } from "../../tools/lib/child.ts";
import { type Cloudflare, startCloudflare } from "../support/cloudflare.ts";
import { copyOfProject, runCommand } from "../support/commands.ts";

// Cloudflare's API is played on this machine: its steps are shorter, and it can be made to fail.

let cloudflare: Cloudflare;
let project: string;
let temporary: string;

beforeEach(async () => {
  cloudflare = await startCloudflare();
  cloudflare.state.namespaces.push({ id: ID, title: "blocklist", values: new Map() });
  project = copyOfProject();
  temporary = join(project, "tmp");
  mkdirSync(temporary);
  file("friendgate.toml", `[[kv_namespaces]]\nbinding = "BLOCKLIST"\nid = "${ID}"\n`);
});
afterEach(async () => {
  await cloudflare.close();
  rmSync(project, { recursive: true });
});

const ID = "0123456789abcdef0123456789abcde0";

function stored(): Map<string, string> {
  const [namespace] = cloudflare.state.namespaces;
  const values = [...(namespace?.values ?? [])];
  return new Map(values.map(([key, { value }]) => [key, value.toString()]));
}

function file(name: string, text: string): void {
  writeFileSync(join(project, name), text);
}

function csvOf(ids: readonly (string | number)[]): string {
  return ["kind,id,reason", ...ids.map((id) => `user,u${id},spam`)].join("\n");
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** What the tool runs with: nothing of who runs the tests. */
function environment() {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  return {
    PATH,
    NODE_COMPILE_CACHE,
    HOME: project,
    TMPDIR: temporary,
    NO_COLOR: "1",
    ...cloudflare.env,
  };
}

const tool = () => join(project, "tools/blocklist/main.ts");

/** Runs the tool on the account. */
function blocklist(...args: string[]): Promise<Output> {
  return runCommand(process.execPath, [tool(), "--remote", ...args], environment(), project);
}

/** Runs the tool, and sends it a signal when it says this on stderr. */
async function interrupted(args: string[], until: string, signal: NodeJS.Signals): Promise<Output> {
  const child = spawn(process.execPath, [tool(), ...args], {
    cwd: project,
    env: environment(),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    if (said.includes(until)) return;
    said += text;
    if (said.includes(until)) child.kill(signal);
  });
  return outputOf(child);
}

/** The command that a message says to run, as it would be pasted. */
async function pasted(stderr: string): Promise<Output> {
  const [, command = ""] = /(npm run blocklist -- .*)$/m.exec(stderr) ?? [];
  return runCommand("sh", ["-c", command], environment(), project);
}

/** Runs the tool on the project's own storage. */
async function local(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand(
    process.execPath,
    [tool(), ...args],
    environment(),
    project,
  );
  expect(code, stderr).toBe(0);
  return stdout;
}

/**
 * Begins to import bans.csv into local storage, or goes on, and is interrupted.
 *
 * @returns how many of so many rules were stored, and how it says to go on
 */
async function interruptedLocally(signal: NodeJS.Signals, total: number, args: string[] = []) {
  const half = await interrupted(["import", "bans.csv", ...args], "friendgate: Stored", signal);
  const said = new RegExp(`interrupted\\n {2}stored: (\\d+) of ${total} rules`);
  const count = Number(said.exec(half.stderr)?.[1]);
  expect(half).toMatchObject({ code: 130, stdout: "" });
  expect(count).toBeGreaterThan(0);
  expect(count).toBeLessThan(total);
  return { count, stderr: half.stderr };
}

describe("an import", () => {
  it.for(["SIGTERM", "SIGINT"] as const)(
    "that %s interrupts says what it has not reached, leaves no file, and goes on as it says",
    async (signal) => {
      file("it's.csv", csvOf(numbers(3_500)));
      const half = await interrupted(["--remote", "import", "it's.csv"], "Stored 1000 of", signal);
      expect(half.code).toBe(130);
      expect(half.stdout).toBe("");
      expect(half.stderr.trim().split("\n").slice(-5)).toEqual([
        "friendgate: interrupted",
        "  stored: 1000 of 3500 rules, lines 2 to 1001",
        "  perhaps stored: 1000, lines 1002 to 2001",
        "  not reached: 1500, lines 2002 to 3501",
        "  → to go on: npm run blocklist -- --remote import 'it'\\''s.csv' --from-line 1002",
      ]);
      expect(readdirSync(temporary)).toEqual([]);
      expect(stored().size).toBeLessThanOrEqual(2_000);
      expect(stored().size).toBeGreaterThanOrEqual(1_000);

      const rest = await pasted(half.stderr);
      expect(rest.code).toBe(0);
      expect(rest.stdout).toContain("Stored 2500 rules in the account (remote).");
      expect(stored().size).toBe(3_500);
    },
  );

  it("of which a step fails says so, and goes on as it says", async () => {
    file("bans.csv", csvOf(numbers(2_001)));
    const answer = { status: 503, code: 10_000, message: "KV is away" };
    cloudflare.fail({ method: "PUT", path: /\/bulk$/, after: 1, answer });
    const half = await blocklist("import", "bans.csv");
    expect(half).toMatchObject({ code: 3, stdout: "" });
    expect(half.stderr).toContain("KV is away");
    expect(half.stderr).toContain(
      "  stored: 1000 of 2001 rules, lines 2 to 1001\n" +
        "  perhaps stored: 1000, lines 1002 to 2001\n" +
        "  not reached: 1, lines 2002 to 2002\n",
    );
    expect(readdirSync(temporary)).toEqual([]);
    cloudflare.heal();
    expect((await pasted(half.stderr)).stdout).toContain("Stored 1001 rules");
    expect(stored().size).toBe(2_001);
  });

  it("is undone to its end by a second remove --file, where the first was not finished", async () => {
    file("bans.csv", csvOf(numbers(2_001)));
    await blocklist("import", "bans.csv");
    const answer = { status: 503, code: 10_000, message: "KV is away" };
    cloudflare.fail({ method: "DELETE", path: /\/bulk$/, after: 1, answer });
    const half = await blocklist("remove", "--file", "bans.csv");
    expect(half).toMatchObject({ code: 3, stdout: "" });
    expect(half.stderr).toContain(
      "  removed: 1000 of 2001 rules\n  perhaps removed: 1000\n  not reached: 1\n",
    );
    cloudflare.heal();
    const rest = await blocklist("remove", "--file", "bans.csv");
    expect(rest.stdout).toContain("Removed 1001 rules, and 1000 of the file were not there, in");
    expect(stored().size).toBe(0);
  });

  it("counts a rule that the file repeats once", async () => {
    file("bans.csv", csvOf(["a", "b", "a", "a"]));
    const { stdout, stderr } = await blocklist("import", "bans.csv");
    expect(stdout).toBe("Stored 2 rules in the account (remote).\n");
    expect(stderr).toContain("bans.csv: 2 rows repeat a rule, which counts once: line 4 is as");
  });

  it("is foretold by diff, made exact by --prune, and undone by remove --file", async () => {
    file("old.csv", csvOf(["same", "gone", "lost"]));
    await blocklist("import", "old.csv");
    file("new.csv", `${csvOf(["same", "new"])}\nuser,other,小明`);
    await blocklist("add", "user", "other", "--reason", "x");
    const before = stored();

    const diff = await blocklist("diff", "new.csv");
    expect(diff).toMatchObject({
      code: 1,
      stdout: [
        "+ user:unew  spam",
        "~ user:other  x -> 小明",
        "- user:ugone",
        "- user:ulost",
        "new.csv against the account (remote): 1 to add, 1 to change, 2 to remove with --prune\n",
      ].join("\n"),
    });
    const json = JSON.parse((await blocklist("diff", "new.csv", "--json")).stdout);
    expect(json).toMatchObject({
      add: [{ key: "user:unew", value: "spam" }],
      change: [{ before: { value: "x" }, after: { value: "小明" } }],
      remove: ["user:ugone", "user:ulost"],
    });

    for (const confirm of [[], ["--confirm", "3"]]) {
      const unconfirmed = await blocklist("import", "new.csv", "--prune", ...confirm);
      expect(unconfirmed).toMatchObject({ code: 1, stdout: "" });
      expect(unconfirmed.stderr).toContain("would remove 2 rules that new.csv does not have, of");
      expect(stored()).toEqual(before);
    }
    const { stderr } = await blocklist("import", "new.csv", "--prune");
    const pruned = await pasted(stderr);
    expect(pruned.code).toBe(0);
    expect(pruned.stdout).toContain("Removed 2 rules that new.csv does not have in the account");
    expect([...stored().keys()].toSorted()).toEqual(["user:other", "user:unew", "user:usame"]);
    expect(await blocklist("diff", "new.csv")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(": 0 to add, 0 to change, 0 to remove"),
    });

    const removed = await blocklist("remove", "--file", "old.csv");
    expect(removed.stdout).toContain("Removed 1 rule, and 2 of the file were not there, in the");
    expect([...stored().keys()].toSorted()).toEqual(["user:other", "user:unew"]);
  });
});

describe("list", () => {
  it("finds all that is about an id, reads no other value, and keeps to its limit", async () => {
    file(
      "bans.csv",
      "kind,id,from,to\nuser,小明,,\nuser,eve,,\npair,,eve,小明\npair,,小明,bob\nip,2001:DB8::1,,\n",
    );
    await blocklist("import", "bans.csv");
    const keysOf = async (...args: string[]) => {
      const { stdout } = await blocklist("list", "--json", ...args);
      const { total, rules } = JSON.parse(stdout);
      return [total, ...rules.map(({ key }: { key: string }) => decodeURIComponent(key))];
    };
    expect(await keysOf("--id", "小明")).toEqual([
      3,
      "pair:小明:bob",
      "pair:eve:小明",
      "user:小明",
    ]);
    expect(await keysOf("--id", "小明", "--kind", "pair", "--limit", "1")).toEqual([
      2,
      "pair:小明:bob",
    ]);
    expect(await keysOf("--id", "2001:db8:0::1")).toEqual([1, "ip:2001:db8::1"]);
    expect(await keysOf("--id", "nobody")).toEqual([0]);
    const { stdout } = await blocklist("list", "--limit", "2");
    expect(stdout).toContain("2 of 5 rules in the account (remote).\n");
  });
});

describe("20,000 Chinese rules", () => {
  it("are imported though signals interrupt it, and exported as they are stored; what is exported imports to the same bytes", async () => {
    const rows = numbers(20_000).map((i) => [`小明${i}`, `第${i}次警告，“禁止”👋`, `备注 ${i}`]);
    const lines = rows.map((row) => `user,${row.join()}`);
    file("bans.csv", `kind,id,reason,note\n${lines.join("\n")}\n`);
    const first = await interruptedLocally("SIGTERM", 20_000);
    const line = first.count + 2;
    expect(first.stderr).toMatch(new RegExp(`import bans\\.csv --from-line ${line}\n$`));
    const total = 20_000 - first.count;
    const second = await interruptedLocally("SIGINT", total, ["--from-line", `${line}`]);
    const next = new RegExp(`import bans\\.csv --from-line ${line + second.count}\n$`);
    expect(second.stderr).toMatch(next);
    const rest = await pasted(second.stderr);
    expect(rest.code).toBe(0);
    const left = total - second.count;
    expect(rest.stdout).toContain(`\nStored ${left} rules in local storage`);

    const exported = await local("export");
    expect(exported.split("\n")).toHaveLength(20_002);
    expect(exported).not.toContain("\ufffd");
    // Another reader of CSV finds in it what was written above.
    const cells: Record<string, string>[] = parse(exported, { columns: true, bom: true });
    const read = cells.map(({ kind, id, reason, note }) =>
      [kind, [id, reason, note].join()].join(),
    );
    expect(read.sort().join("\n") === lines.toSorted().join("\n")).toBe(true);
    file("exported.csv", exported);
    expect(await local("diff", "exported.csv")).toContain("0 to add, 0 to change, 0 to remove");
    // An import reads a file as diff does, and stores it as the first one was stored: a part is enough.
    const part = `${exported.split("\n").slice(0, 1_001).join("\n")}\n`;
    file("part.csv", part);
    const two = ["--persist-to", join(project, "two")];
    expect(await local("import", "part.csv", ...two)).toContain("Stored 1000 rules");
    expect((await local("export", ...two)) === part).toBe(true);
  });
});
