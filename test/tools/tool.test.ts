import { spawn } from "node:child_process";
import { describe, it } from "vitest";
import { outputOf } from "../../tools/lib/child.ts";

/** A tool whose action is this code, as a child of its own. */
function started(action: string, args: string[] = [], env: Record<string, string> = {}) {
  const code = `
    import { readFileSync } from "node:fs";
    import { setTimeout as wait } from "node:timers/promises";
    import { interrupted, printJson, run, say, ToolError, tool, UsageError, withJson }
      from "./tools/lib/tool.ts";
    const program = withJson(tool({ command: "npm run sample --", description: "A sample." }));
    await run(program.action(async () => { ${action} }));`;
  return spawn(process.execPath, ["--input-type=module", "-e", code, "--", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, npm_lifecycle_event: "", ...env },
  });
}

const ran = (action: string, args: string[] = [], env: Record<string, string> = {}) =>
  outputOf(started(action, args, env));

describe("a tool ends", () => {
  it.for([
    ["with 0 when it is done", "", 0, /^$/],
    ["with 1 when it says so", "process.exitCode = 1", 1, /^$/],
    [
      "with 2 when the command was wrong",
      `throw new UsageError("no id", "give one")`,
      2,
      /^friendgate: no id\n {2}→ give one\n$/,
    ],
    [
      "with 3 when something cannot be reached",
      `throw new ToolError("no answer", "start it")`,
      3,
      /^friendgate: no answer\n {2}→ start it\n$/,
    ],
    [
      "with 3 when a file cannot be read",
      `readFileSync("no-such-file")`,
      3,
      /^friendgate: ENOENT.*\n {2}→ see whether the path is right, and whether you may read it\n$/,
    ],
    [
      "with 3, and where to report it, when it fails itself",
      "undefined.x",
      3,
      /^friendgate: .*\n {2}→ try again; if it stays so, report it: https:\/\/\S+\/issues\n$/,
    ],
    [
      "without a word that a terminal obeys",
      String.raw`throw new ToolError("a\u001b[2J\u202eb", "c\u0007")`,
      3,
      /^friendgate: a\\u202eb\n {2}→ c\\u0007\n$/,
    ],
  ] as const)("%s", async ([, action, code, words], { expect }) => {
    const output = await ran(action);
    expect(output).toMatchObject({ code, stdout: "" });
    expect(output.stderr).toMatch(words);
  });
});

describe.for(["SIGINT", "SIGTERM", "SIGHUP"] as const)("%s", (signal) => {
  it("ends what a tool waits for, lets it clean up, and is 130", async ({ expect }) => {
    const child = started(`
      try { console.log("waits"); await wait(60_000, undefined, { signal: interrupted }); }
      finally { await wait(50); console.log("cleaned up"); }`);
    child.stdout?.once("data", () => child.kill(signal));
    expect(await outputOf(child)).toEqual({
      code: 130,
      stdout: "waits\ncleaned up\n",
      stderr: "friendgate: interrupted\n",
    });
  });

  it("says what has become of the work where a tool knows", async ({ expect }) => {
    const child = started(`
      console.log("waits");
      await wait(60_000, undefined, { signal: interrupted }).catch(() => {
        throw new ToolError("interrupted: 3 of 5", "run it again", 130);
      });`);
    child.stdout?.once("data", () => child.kill(signal));
    expect(await outputOf(child)).toMatchObject({
      code: 130,
      stderr: "friendgate: interrupted: 3 of 5\n  → run it again\n",
    });
  });

  it("given twice, ends a tool that hangs", async ({ expect }) => {
    // The time to clean up never ends: only the second one is left to end it.
    const child = started(`
      globalThis.setTimeout = () => ({ unref() {} });
      interrupted.addEventListener("abort", () => console.log("had one"));
      console.log("waits");
      await wait(600_000);`);
    child.stdout?.on("data", () => child.kill(signal));
    expect(await outputOf(child)).toMatchObject({ code: 130, stdout: "waits\nhad one\n" });
  });
});

describe("a pipe that is closed", () => {
  it("ends nothing but the printing", async ({ expect }) => {
    const child = started(`
      for (let line = 0; line < 200; line += 1) { console.log("x".repeat(10_000)); await wait(1); }
      say("done");
      process.exitCode = 1;`);
    child.stdout?.once("data", () => child.stdout?.destroy());
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text) => {
      stderr += text;
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect({ code, stderr }).toEqual({ code: 1, stderr: "friendgate: done\n" });
  });
});

describe("JSON", () => {
  const print = "printJson({ a: 1 })";

  it("is alone on stdout", async ({ expect }) => {
    const { code, stdout } = await ran(print, ["--json"]);
    expect({ code, value: JSON.parse(stdout) }).toEqual({ code: 0, value: { a: 1 } });
  });

  it.for([
    [{ npm_lifecycle_event: "sample" }, 2],
    [{ npm_lifecycle_event: "sample", npm_config_loglevel: "silent" }, 0],
    // A tool that another script starts has no banner of its own.
    [{ npm_lifecycle_event: "test" }, 0],
  ] as const)("behind npm's banner is refused: %j", async ([env, expected], { expect }) => {
    const { code, stdout, stderr } = await ran(print, ["--json"], env);
    expect(code).toBe(expected);
    expect(stdout === "").toBe(expected === 2);
    if (expected === 2) expect(stderr).toContain("→ use npm run -s sample -- …");
  });
});
