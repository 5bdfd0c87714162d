import { spawn } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { outputOf } from "../../tools/lib/child.ts";
import { sendCallback } from "../../tools/tencent/send.ts";
import {
  commandsUnder,
  copyOfProject,
  freePort,
  processesUnder,
  runCommand,
} from "../support/commands.ts";
import { PATIENCE } from "../support/patience.ts";

/** Values in which a shell, or a reader of .env files, could see something else. */
const VALUES = {
  SDK_APP_ID: "1400000123",
  CALLBACK_TOKEN: "secret$HOME-$(id)-#1 'x'",
  CALLBACK_TOKEN_PREVIOUS: "secret-previous",
  API_TOKEN: "secret-api=token:2",
};

let project: string;
let origin: string;
let child: ReturnType<typeof spawn>;
let output: ReturnType<typeof outputOf>;

beforeAll(async () => {
  project = copyOfProject();
  const lines = Object.entries(VALUES).map(([name, value]) => `${name} = "${value}" \r\n`);
  // As an editor of Windows saves it, and with a name that nothing reads.
  writeFileSync(join(project, ".dev.vars"), `\ufeff${lines.join("")}BLOCKLIST_KIND=user\r\n`);
  const port = await freePort();
  origin = `http://localhost:${port}`;
  const { CALLBACK_TOKEN: _, ...env } = process.env;
  child = spawn(process.execPath, [join(project, "tools/start/main.ts"), "--port", String(port)], {
    stdio: ["ignore", "pipe", "pipe"],
    // The team's file is what counts, whatever stands in the environment.
    env: { ...env, API_TOKEN: "of somebody's environment" },
  });
  output = outputOf(child);
  const ended = output.then(({ stdout, stderr }) => {
    throw new Error(`npm start ended:\n${stdout}${stderr}`);
  });
  const up = vi.waitFor(() => fetch(`${origin}/health`), PATIENCE);
  await Promise.race([up, ended]);
});
afterAll(async () => {
  child.kill("SIGTERM");
  await output;
  rmSync(project, { recursive: true });
});

describe("npm start", () => {
  it("runs with the values of .dev.vars, as they are", async ({ expect }) => {
    const target = {
      url: origin,
      appId: VALUES.SDK_APP_ID,
      clientIp: "127.0.0.1",
      platform: "Web",
    };
    for (const token of [VALUES.CALLBACK_TOKEN, VALUES.CALLBACK_TOKEN_PREVIOUS]) {
      const { received } = await sendCallback({ ...target, token }, undefined, "");
      expect(received).toMatchObject({ ok: true, status: 200 });
    }
    const stats = await fetch(`${origin}/v1/stats`, {
      headers: { Authorization: `Bearer ${VALUES.API_TOKEN}` },
    });
    expect(stats.status).toBe(200);
  });

  it("gives its tools the same values, by the same reader", async ({ expect }) => {
    const tool = join(project, "tools/simulate/main.ts");
    const args = [tool, "friend-add", "alice", "bob", "--url", origin];
    const env = { SDK_APP_ID: "", CALLBACK_TOKEN: "" };
    expect(await runCommand(process.execPath, args, env, project)).toMatchObject({ code: 0 });
  });

  it.runIf(process.platform === "linux")("puts no value on a command line", ({ expect }) => {
    const commands = commandsUnder(child.pid ?? 0);
    // The tool, wrangler and the runtime, at the least.
    expect(commands.length).toBeGreaterThan(2);
    expect(commands.some((command) => command.includes("workerd"))).toBe(true);
    expect(commands.filter((command) => /secret|1400000123/.test(command))).toEqual([]);
  });

  it("keeps what it stores where wrangler's other commands find it", async ({ expect }) => {
    const wrangler = join(project, "node_modules/wrangler/bin/wrangler.js");
    const args = [
      "d1",
      "execute",
      "DB",
      "--local",
      "--json",
      "--command",
      "SELECT 7 AS n FROM friends UNION SELECT 7",
    ];
    const { code, stdout } = await runCommand(process.execPath, [wrangler, ...args], {}, project);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('"n": 7') });
  });
});

describe.runIf(process.platform === "linux")("npm start, ended", () => {
  it.for([
    ["TERM", "npm"],
    ["HUP", "npm"],
    ["INT", "npm"],
    ["TERM", "the tool"],
    ["HUP", "the tool"],
    ["INT", "the tool"],
  ] as const)(
    "by %s to %s leaves nothing behind, and its port is free",
    async ([signal, to], { expect }) => {
      const port = await freePort();
      const args = ["--port", String(port)];
      const [command, ...rest] =
        to === "npm"
          ? ["npm", "start", "--", ...args]
          : [process.execPath, join(project, "tools/start/main.ts"), ...args];
      const started = spawn(command, rest, { cwd: project, stdio: ["ignore", "pipe", "pipe"] });
      const ended = outputOf(started);
      await vi.waitFor(() => fetch(`http://localhost:${port}/health`), PATIENCE);
      const running = processesUnder(started.pid ?? 0);
      // The tool, wrangler twice, and the runtime, at the least.
      expect(running.length).toBeGreaterThan(3);
      started.kill(`SIG${signal}`);
      const { code, stderr } = await ended;
      if (to === "the tool") expect(code).toBe(130);
      expect(stderr).toContain(
        "BLOCKLIST_KIND, which nothing reads: did you mean BLOCKLIST_KINDS?",
      );
      // Its children end with it; on a busy machine, a moment later.
      await vi.waitFor(() => expect(running.filter(isRunning)).toEqual([]), PATIENCE);
      expect(await isFree(port)).toBe(true);
    },
  );
});

/** A process that has ended, and that nobody has asked about yet, runs no more. */
function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "localhost", () => server.close(() => resolve(true)));
  });
}
