import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
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
  { name: "doctor", commands: [] },
  { name: "openapi", commands: [] },
  {
    name: "simulate",
    commands: ["friend-add", "friend-delete", "friend-response", "probe", "raw", "traffic"],
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

  it("has no colours where nobody wants them", ({ expect }) => {
    const { stdout, stderr } = ran(name, ["--help"], { NO_COLOR: "1", FORCE_COLOR: "" });
    expect(stdout + stderr).not.toContain("\u001b");
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
