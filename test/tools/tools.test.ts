import { spawn, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "vitest";

type Tool = { name: string; commands: string[] };

/** Every tool, with the commands that it has. */
const TOOLS: Tool[] = [
  {
    name: "blocklist",
    commands: [
      ...["add", "remove", "list", "explain", "lint"],
      ...["diff", "convert", "import", "export"],
    ],
  },
  { name: "dead-letters", commands: ["list", "show", "redrive", "discard"] },
  { name: "deploy", commands: [] },
  { name: "docs", commands: [] },
  { name: "doctor", commands: [] },
  { name: "faults", commands: [] },
  { name: "openapi", commands: [] },
  { name: "prose", commands: [] },
  { name: "reconcile", commands: [] },
  { name: "reshard", commands: ["show", "copy", "check", "move"] },
  {
    name: "simulate",
    commands: [
      ...["friend-request", "friend-response", "friend-add", "friend-delete"],
      ...["blacklist-add", "blacklist-delete"],
      "callback",
      "probe",
      "raw",
      "traffic",
      "backend",
      "rest",
    ],
  },
  { name: "start", commands: [] },
  { name: "waf", commands: [] },
  { name: "watch", commands: [] },
];

const { version } = JSON.parse(readFileSync("package.json", "utf8"));

const main = (name: string) => `tools/${name}/main.ts`;

function ran(name: string, args: readonly string[], env: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main(name), ...args], {
    encoding: "utf8",
    env: { ...process.env, ...env },
    input: "",
  });
  return { status, stdout, stderr };
}

describe("docs/tools.md", () => {
  const text = readFileSync("docs/tools.md", "utf8");

  it("has a row for every folder with a tool, and so has this test", ({ expect }) => {
    const folders = readdirSync("tools").filter((name) => existsSync(main(name)));
    expect(TOOLS.map(({ name }) => name)).toEqual(folders.toSorted());
    for (const name of folders) expect(text).toContain(`\n| \`${name}\` | `);
  });

  it.for(
    TOOLS.flatMap(({ name, commands }) => ["", ...commands].map((each) => [name, each] as const)),
  )("has a shape for %s %s if it has --json", ([name, command], { expect }) => {
    const args = command === "" ? ["--help"] : [command, "--help"];
    const row = new RegExp(`^\\| \`${`${name} ${command}`.trim()}\` \\| .*\\{`, "m");
    expect(row.test(text)).toBe(/^ +--json /m.test(ran(name, args).stdout));
  });
});

describe.runIf(process.platform === "linux")("colours", () => {
  /** In a terminal, which util-linux's `script` plays. */
  const inTerminal = (env: Record<string, string>) => {
    const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...others } = process.env;
    const command = `${process.execPath} ${main("doctor")} --url http://127.0.0.1:1`;
    const args = ["-qec", command, "/dev/null"];
    const terminal = { ...others, TERM: "xterm-256color", CALLBACK_TOKEN: "any", ...env };
    return spawnSync("script", args, { encoding: "utf8", env: terminal }).stdout;
  };

  it("are in a terminal, and not where NO_COLOR is set", ({ expect }) => {
    expect(inTerminal({})).toContain("\u001b[31mfailed");
    const plain = inTerminal({ NO_COLOR: "1" });
    expect(plain).toContain("failed");
    expect(plain).not.toContain("\u001b");
  });

  it("are not in a pipe", ({ expect }) => {
    const { stdout } = ran("doctor", ["--url", "http://127.0.0.1:1"], { CALLBACK_TOKEN: "any" });
    expect(stdout).toContain("failed");
    expect(stdout).not.toContain("\u001b");
  });
});

describe.for(TOOLS)("$name", ({ name, commands }) => {
  it("prints the version of the package", ({ expect }) => {
    expect(ran(name, ["--version"])).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  it.for(["", ...commands])(
    "%s --help has an example, exit codes and no line that is too wide",
    (command, { expect }) => {
      const { status, stdout, stderr } = ran(name, [
        ...(command === "" ? [] : [command]),
        "--help",
      ]);
      expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
      const [, examples = ""] = stdout.split("\nExamples:\n");
      expect(examples).toMatch(new RegExp(`^ {2}(?:npm |npx ).*${command}`, "m"));
      const isCommand = (line: string) => /^ {2}(?:npm|npx) /.test(line);
      const wide = stdout.split("\n").filter((line) => line.length > 80 && !isCommand(line));
      expect(wide).toEqual([]);
      if (command === "") expect(stdout).toContain("\nExit code:\n");
    },
  );

  it("explains what is wrong with a command, and ends with 2", ({ expect }) => {
    const { status, stdout, stderr } = ran(name, ["--no-such-option"]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toMatch(/^friendgate: (?:unknown option '--no-such-option'|required option)/);
    expect(stderr).toMatch(/^ {2}→ np[mx] .* --help shows how/m);
  });

  it("says nothing when its reader closes the pipe", async ({ expect }) => {
    const child = spawn(process.execPath, [main(name), "--help"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    child.stdout.destroy();
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});
