import { type ChildProcess, spawn } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { unstable_readConfig as readConfig } from "wrangler";
import { root } from "../tools/lib/wrangler.ts";
import { residentMib, textOf } from "./memory.ts";

/**
 * The program for this system. Without its install script, `bin/workerd` only starts this program. Then its
 * own processor time says nothing.
 */
const { default: binary }: { default: string } = createRequire(import.meta.url)("workerd");

export type Workerd = {
  origin: string;
  /** How often the Worker called its bindings since it was started. */
  calls: () => Promise<Record<string, number>>;
  /** Milliseconds of processor time since its start. Undefined if there is no /proc. */
  cpuMs: () => number | undefined;
  /** Its resident memory. Undefined if there is no /proc. */
  residentMib: () => number | undefined;
  stop: () => Promise<void>;
};

/**
 * Starts a built Worker in its own workerd. The bindings are those of wrangler.toml, but they lead to
 * services of the same process that keep nothing. The log goes to /dev/null.
 */
export async function startWorkerd(
  name: string,
  dir: string,
  scripts: { worker: string; stubs: string },
  vars: Record<string, string>,
): Promise<Workerd> {
  const file = join(dir, `${name}.capnp`);
  await writeFile(file, config(dir, scripts, vars));
  const child = spawn(binary, ["serve", "--control-fd=3", file], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  createInterface(child.stderr as Readable).on("line", (line) => {
    // Skips the Worker's own line about a failure, but shows the lines of workerd itself.
    if (!line.startsWith("{")) console.error(line);
  });
  const ports = await listening(child, ["main", "stubs"]);
  return {
    origin: `http://127.0.0.1:${ports.main}`,
    calls: async () => (await fetch(`http://127.0.0.1:${ports.stubs}/calls`)).json(),
    cpuMs: () => cpuMsOf(child.pid),
    residentMib: () => residentMib(child.pid),
    stop: () => stopped(child),
  };
}

type Bound = { binding: string };

function config(
  dir: string,
  scripts: { worker: string; stubs: string },
  vars: Record<string, string>,
): string {
  const toml = readConfig({ config: join(root, "wrangler.toml") }, { hideWarnings: true });
  const worker = (script: string, bindings: string[]) => `(
    modules = [(name = "index.js", esModule = embed ${quoted(relative(dir, script))})],
    compatibilityDate = ${quoted(toml.compatibility_date ?? "")},
    compatibilityFlags = [${(toml.compatibility_flags ?? []).map(quoted).join(", ")}],
    bindings = [${bindings.join(", ")}])`;
  const bindings = [
    ...toml.kv_namespaces.map(
      ({ binding }: Bound) => `(name = "${binding}", kvNamespace = "stubs")`,
    ),
    ...(toml.queues.producers ?? []).map(
      ({ binding }: Bound) => `(name = "${binding}", queue = "stubs")`,
    ),
    ...toml.d1_databases.map(
      ({ binding }: Bound) =>
        `(name = "${binding}", wrapped = (moduleName = "cloudflare-internal:d1-api",
        innerBindings = [(name = "fetcher", service = "stubs")]))`,
    ),
    ...Object.entries(vars).map(([key, value]) => `(name = "${key}", text = ${quoted(value)})`),
  ];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = ${worker(scripts.worker, bindings)}),
    (name = "stubs", worker = ${worker(scripts.stubs, [])}),
    # A backend on this machine, which the public network has not.
    (name = "internet", network = (allow = ["public", "local"])),
  ],
  sockets = [
    (name = "main", address = "127.0.0.1:0", http = (), service = "main"),
    (name = "stubs", address = "127.0.0.1:0", http = (), service = "stubs"),
  ],
);
`;
}

/** The ports that workerd reports on its control channel, when every socket listens. */
function listening<Name extends string>(
  child: ChildProcess,
  sockets: readonly Name[],
): Promise<Record<Name, number>> {
  return new Promise((resolve, reject) => {
    const ports: Record<string, number> = {};
    let text = "";
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`workerd ended with ${code}`)));
    const control = child.stdio[3] as Readable;
    control.setEncoding("utf8").on("data", (data) => {
      text += data;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const message = JSON.parse(line);
        if (message.event === "listen") ports[message.socket] = message.port;
      }
      if (sockets.every((name) => name in ports)) resolve(ports as Record<Name, number>);
    });
  });
}

/** utime and stime are in hundredths of a second, on every Linux that Node runs on. */
function cpuMsOf(pid: number | undefined): number | undefined {
  const stat = textOf(`/proc/${pid}/stat`);
  if (stat === "") return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function stopped(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.removeAllListeners("exit");
    child.on("exit", () => resolve());
    child.kill();
  });
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
