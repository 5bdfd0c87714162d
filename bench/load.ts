import { readdirSync } from "node:fs";
import { createServer } from "node:net";
import { withFolder } from "../tools/lib/folder.ts";
import { runWrangler, spawnWrangler } from "../tools/lib/wrangler.ts";
import { people } from "../tools/simulate/people.ts";
import type { Figures } from "../tools/simulate/progress.ts";
import { readApi } from "../tools/simulate/read-api.ts";
import { playTraffic } from "../tools/simulate/traffic.ts";
import { settings } from "./callbacks.ts";
import { residentMib, textOf } from "./memory.ts";
import { percentileOf } from "./statistics.ts";

const STEPS_PER_SECOND = 100;
const CONCURRENCY = 16;
const SEED = 7;
const PREFIX = "bench";
const API_TOKEN = "an-api-token-of-the-benchmark";
const PATIENCE_MS = 15_000;

export type LoadResult = {
  seconds: number;
  callbacks: number;
  /** How many got no OK. */
  failed: number;
  friends: number;
  /** Pairs for which a table differs from the truth. */
  missing: number;
  extra: number;
  stale: number;
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
  /** Memory of workerd after a fifth of the time, at the end, and the most of all samples. */
  earlyMib: number | undefined;
  lateMib: number | undefined;
  mostMib: number | undefined;
};

/** The simulator against the whole Worker in `wrangler dev`. It plays the life of so many users. */
export async function measureLoad(seconds: number, users: number): Promise<LoadResult> {
  return withFolder(async (dir) => {
    const where = ["--local", "--persist-to", dir];
    await runWrangler(["d1", "migrations", "apply", "DB", ...where]);
    const port = await freePort();
    const vars = Object.entries({ ...settings, API_TOKEN }).flatMap(([name, value]) => [
      "--var",
      `${name}:${value}`,
    ]);
    const server = spawnWrangler(
      [
        ...["dev", "--port", String(port), "--persist-to", dir, ...vars],
        "--show-interactive-dev-session=false",
      ],
      { stdio: "ignore" },
    );
    try {
      const url = `http://127.0.0.1:${port}/`;
      await up(`${url}health`);
      const figures: Figures = { sent: 0, ok: 0, blocked: 0, failed: 0, durationsMs: [] };
      const memory = sampleMemory(server.pid ?? 0);
      const startedMs = Date.now();
      let sentMs = 0;
      const { tables } = await playTraffic({
        plan: {
          users,
          events: STEPS_PER_SECOND * seconds,
          spammers: 0,
          requestsEach: 0,
          duplicatesPercent: 5,
          reorderPercent: 10,
          seed: SEED,
          prefix: PREFIX,
        },
        target: {
          url,
          appId: settings.SDK_APP_ID,
          token: settings.CALLBACK_TOKEN,
          clientIp: "192.0.2.1",
          platform: "Web",
        },
        rate: STEPS_PER_SECOND,
        concurrency: CONCURRENCY,
        readTables: () => readApi({ url, token: API_TOKEN }, people(PREFIX, users), startedMs),
        recordMode: "all",
        patienceMs: PATIENCE_MS,
        figures,
        onPlanned() {},
        onStep() {},
        onSent(elapsedMs) {
          sentMs = elapsedMs;
          memory.stop();
        },
      });
      const { samples } = memory;
      const { friends, blacklist } = tables;
      const sum = (list: "missing" | "extra" | "stale") =>
        friends.difference[list].length + blacklist.difference[list].length;
      const ms = (percent: number) => Math.round(percentileOf(figures.durationsMs, percent));
      return {
        seconds: Math.round(sentMs / 1000),
        callbacks: figures.sent,
        failed: figures.failed,
        friends: friends.pairs,
        missing: sum("missing"),
        extra: sum("extra"),
        stale: sum("stale"),
        p50Ms: ms(50),
        p99Ms: ms(99),
        maxMs: ms(100),
        earlyMib: samples[Math.floor(samples.length / 5)],
        lateMib: samples.at(-1),
        mostMib: samples.length === 0 ? undefined : Math.max(...samples),
      };
    } finally {
      server.kill();
    }
  });
}

async function up(url: string): Promise<void> {
  for (;;) {
    const ok = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

/**
 * Each second, samples the memory of the workerd processes below another process. No samples without /proc.
 */
function sampleMemory(pid: number): { samples: number[]; stop: () => void } {
  const samples: number[] = [];
  const timer = setInterval(() => {
    const mib = workerdsBelow(pid).reduce((sum, one) => sum + (residentMib(one) ?? 0), 0);
    if (mib > 0) samples.push(Math.round(mib));
  }, 1000);
  return { samples, stop: () => clearInterval(timer) };
}

function workerdsBelow(ancestor: number): number[] {
  const parents = new Map<number, { parent: number; name: string }>();
  try {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      const [, name = "", parent] = /\((.*)\) . (\d+)/.exec(textOf(`/proc/${pid}/stat`)) ?? [];
      parents.set(Number(pid), { parent: Number(parent), name });
    }
  } catch {
    return [];
  }
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid)?.parent;
    return parent !== undefined && (parent === ancestor || isBelow(parent));
  };
  return [...parents].flatMap(([pid, { name }]) =>
    name.startsWith("workerd") && isBelow(pid) ? [pid] : [],
  );
}
