import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Output, outputOf } from "../../tools/lib/child.ts";
import { root, spawnWrangler } from "../../tools/lib/wrangler.ts";
import { bindingsOf, closeBindings, migrate } from "./local-storage.ts";
import { APP_ID, TOKEN } from "./tencent.ts";

/** Runs one of the tools as a user does, for the app and with the token of the tests. */
export function runTool(
  name: "simulate" | "doctor",
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Output> {
  const ofTests = { SDK_APP_ID: APP_ID, CALLBACK_TOKEN: TOKEN, API_TOKEN: "" };
  return runCommand(process.execPath, [`tools/${name}/main.ts`, ...args], { ...ofTests, ...env });
}

/** Runs a command, in the project's folder unless another is given. */
export function runCommand(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
  cwd: string = root,
): Promise<Output> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return outputOf(child);
}

/** A copy of the project without anybody's storage or values. Its packages are the project's own. */
export function copyOfProject(): string {
  const folder = mkdtempSync(join(tmpdir(), "friendgate-copy-"));
  for (const path of ["package.json", "wrangler.toml"]) {
    cpSync(join(root, path), join(folder, path));
  }
  for (const path of ["src", "console", "tools", "migrations", "assets"]) {
    cpSync(join(root, path), join(folder, path), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  return folder;
}

/** A port of this machine that nobody listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "localhost", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** The command lines of a process and of all that it has started. */
export function commandsUnder(pid: number): string[] {
  return under(pid).map(({ command }) => command);
}

/** The ids of the same processes. */
export function processesUnder(pid: number): number[] {
  return under(pid).map((process) => process.pid);
}

type Process = { pid: number; parent: number; command: string };

function under(pid: number): Process[] {
  const processes = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const [, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
        return [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        // It has ended since.
        return [];
      }
    });
  const below = (parent: number): Process[] =>
    processes
      .filter((process) => process.parent === parent)
      .flatMap((process) => [process, ...below(process.pid)]);
  return [...processes.filter((process) => process.pid === pid), ...below(pid)];
}

/**
 * `wrangler dev` with storage of its own, where wrangler's other commands can see it: what a
 * developer has after `npm start`.
 */
export async function startDev(vars: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), "friendgate-"));
  // Before there is another connection: SQLite refuses one that is opened while another writes.
  await migrate(folder);
  // Nobody's .dev.vars counts here.
  await writeFile(join(folder, "none"), "");
  const server = spawnWrangler(
    [
      ...["dev", "--ip", "127.0.0.1", "--port", "0", "--inspector-port", "0"],
      ...["--persist-to", folder],
      ...Object.entries({ SDK_APP_ID: APP_ID, LOCAL: "true", ...vars }).flatMap(([name, value]) => [
        "--var",
        `${name}:${value}`,
      ]),
      ...["--env-file", join(folder, "none"), "--show-interactive-dev-session=false"],
    ],
    { stdio: ["ignore", "pipe", "pipe"], env: { CALLBACK_TOKEN: TOKEN } },
  );
  const exited = new Promise((resolve) => server.on("exit", resolve));
  const url = await new Promise<string>((resolve, reject) => {
    let printed = "";
    const read = (data: string) => {
      printed += data;
      const ready = /Ready on (http:\/\/\S+)/.exec(printed)?.[1];
      if (ready === undefined) return;
      resolve(ready);
      server.stdout?.off("data", read).resume();
    };
    server.stdout?.setEncoding("utf8").on("data", read);
    // A pipe that nobody reads is full some day, and then the server waits for ever.
    server.stderr?.resume();
    exited.then(() => reject(new Error(`wrangler dev ended:\n${printed}`)));
  });
  return {
    url,
    folder,
    rule: async (key: string, value: string) =>
      (await bindingsOf(folder)).BLOCKLIST.put(key, value),
    /** Executes statements, one after the other. @returns the rows of the last */
    async sql(...statements: string[]) {
      const { DB } = await bindingsOf(folder);
      const ran = await DB.batch<Record<string, string>>(
        statements.map((statement) => DB.prepare(statement)),
      );
      return ran.at(-1)?.results ?? [];
    },
    async stop() {
      await closeBindings(folder);
      server.kill("SIGTERM");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
