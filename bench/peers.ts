import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { withFolder } from "../tools/lib/folder.ts";
import { root } from "../tools/lib/wrangler.ts";
import type { Before } from "./before.ts";
import { build } from "./build.ts";
import type { Kind } from "./callbacks.ts";
import type { Server } from "./peers/contender.ts";
import { median, spread } from "./statistics.ts";

const WORKLOADS: { kind: Kind; size: number }[] = [
  { kind: "friend response", size: 1 },
  { kind: "friend added", size: 1 },
  { kind: "friend added", size: 10 },
];

type Round = { cpuMicroseconds: number; p50: number; p99: number };

type Name = Server | "before";

export type PeerResult = {
  workload: string;
  /** Microseconds. */
  contenders: ({ name: Name; spread: [number, number] } & Round)[];
};

export type PeerOptions = {
  rounds: number;
  /** In a round. As many run before it, and do not count. */
  callbacks: number;
  /** So many of the workloads. Without it, all of them. */
  workloads?: number;
};

/** The same work by the product, by Fastify and by Express, on the same Node, in one run. */
export async function measurePeers(
  { rounds, callbacks, workloads }: PeerOptions,
  before: Before | undefined,
): Promise<PeerResult[]> {
  return withFolder(async (dir) => {
    const product = async (name: "friendgate" | "before", from: string) => {
      const { script } = await build(`${dir}/${name}`, "src/index.ts", from);
      return { name, server: "friendgate" as const, product: [script, from] };
    };
    const servers: { name: Name; server: Server; product: string[] }[] = [
      await product("friendgate", root),
      ...(before ? [await product("before", before.root)] : []),
      { name: "fastify", server: "fastify", product: [] },
      { name: "express", server: "express", product: [] },
    ];
    const results: PeerResult[] = [];
    for (const { kind, size } of WORKLOADS.slice(0, workloads)) {
      const measured = servers.map((one) => ({ ...one, all: [] as Round[] }));
      for (let round = 0; round < rounds; round += 1) {
        for (const { server, product, all } of measured) {
          all.push(await run([server, kind, String(size), String(callbacks), ...product]));
        }
      }
      const contenders = measured.map(({ name, all }) => {
        const of = (what: keyof Round) => all.map((round) => round[what]);
        const middle = (what: keyof Round) => Number(median(of(what)).toFixed(1));
        return {
          name,
          cpuMicroseconds: middle("cpuMicroseconds"),
          spread: spread(of("cpuMicroseconds")),
          p50: middle("p50"),
          p99: middle("p99"),
        };
      });
      results.push({ workload: `${kind}, ${size}`, contenders });
    }
    return results;
  });
}

function run(args: string[]): Promise<Round> {
  return new Promise((resolve, reject) => {
    // Their log goes to /dev/null.
    const child = fork(fileURLToPath(new URL("./peers/run.ts", import.meta.url)), args, {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    child.on("message", (round) => resolve(round as Round));
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`${args[0]} ended with ${code}`)));
  });
}
