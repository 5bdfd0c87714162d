import { spawn } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { outputOf } from "../../tools/lib/child.ts";
import { sendCallback } from "../../tools/tencent/send.ts";
import { commandsUnder, copyOfProject, runCommand } from "../support/commands.ts";

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
  const lines = Object.entries(VALUES).map(([name, value]) => `${name}="${value}"\n`);
  writeFileSync(join(project, ".dev.vars"), lines.join(""));
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
  const up = vi.waitFor(async () => fetch(`${origin}/health`), { timeout: 120_000, interval: 200 });
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

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "localhost", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
