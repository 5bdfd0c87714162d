import { withFolder } from "../tools/lib/folder.ts";
import { build } from "./build.ts";
import { HEADERS, type Signed, settings, signedCallback, signedMessage } from "./callbacks.ts";
import type { RelayResult } from "./results.ts";
import { alternate, type Rounds, ratio } from "./rounds.ts";
import { percentileOf } from "./statistics.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

const DIFFERENT_CALLBACKS = 200;
const SLOW_MS = 1_000;
/** Callbacks that wait for the backend while friend callbacks are answered. */
const WAITING = 20;

export type RelayOptions = Rounds & {
  /** Friend callbacks in a round. */
  callbacks: number;
};

/**
 * The built Worker against a bare relay to the same backend. Also its friend callbacks while the backend is
 * quick or slow. The backend is a Worker in a workerd of its own.
 */
export async function measureRelay({ callbacks, ...rounds }: RelayOptions): Promise<RelayResult> {
  return withFolder(async (dir) => {
    const stubs = await build(`${dir}/stubs`, "bench/worker/stubs.ts");
    const backend = await build(`${dir}/backend`, "bench/worker/backend.ts");
    const relay = await build(`${dir}/relay`, "bench/worker/relay.ts");
    const product = await build(`${dir}/friendgate`);
    const running: Workerd[] = [];
    const start = async (name: string, { script }: { script: string }, vars: Vars) => {
      const workerd = await startWorkerd(name, dir, { worker: script, stubs: stubs.script }, vars);
      running.push(workerd);
      return workerd;
    };
    try {
      const quick = await start("quick", backend, { LATENCY_MS: "0" });
      const slow = await start("slow", backend, { LATENCY_MS: String(SLOW_MS) });
      const before = (to: Workerd) => ({ ...settings, BACKEND_URL: `${to.origin}/` });
      const contenders = [
        ["friendgate", await start("friendgate", product, before(quick))],
        ["bare relay", await start("relay", relay, { BACKEND_URL: `${quick.origin}/` })],
      ] as const;
      await sameAnswers(contenders.map(([, workerd]) => workerd));
      const throughput = await alternate(contenders, messages, rounds);
      const { byRate, byCpu } = ratio(throughput[0], throughput[1]);

      const all = { BACKEND_COMMANDS: "*" };
      const friends = [
        { latencyMs: 0, workerd: await start("all-quick", product, { ...before(quick), ...all }) },
        {
          latencyMs: SLOW_MS,
          workerd: await start("all-slow", product, { ...before(slow), ...all }),
        },
      ];
      const latencies = await friendCallbacks(friends, { ...rounds, callbacks });
      const [atQuick, atSlow] = latencies;
      return {
        contenders: throughput,
        ofRelay: byRate,
        ofRelayByCpu: byCpu,
        friendAdded: latencies,
        slowToQuick: Number(((atSlow?.p50Ms ?? 0) / (atQuick?.p50Ms ?? 0)).toFixed(2)),
      };
    } finally {
      for (const workerd of running) await workerd.stop();
    }
  });
}

type Vars = Record<string, string>;

function messages(): Promise<Signed[]> {
  return Promise.all(
    Array.from({ length: DIFFERENT_CALLBACKS }, (_, index) => signedMessage(`user${index}`)),
  );
}

/** The backend tells what it got. It must be the same from each. */
async function sameAnswers(workerds: readonly Workerd[]): Promise<void> {
  const message = await signedMessage("user");
  const seen = new Set<string>();
  for (const workerd of workerds) seen.add(await (await post(workerd, message)).text());
  if (seen.size !== 1)
    throw new Error(`the relay's are not the product's: ${[...seen].join("\n")}`);
}

/** One friend callback after the other, while others wait for the backend. The rounds alternate. */
async function friendCallbacks(
  all: readonly { latencyMs: number; workerd: Workerd }[],
  { rounds, callbacks }: { rounds: number; callbacks: number },
): Promise<RelayResult["friendAdded"]> {
  const measured = all.map(() => [] as number[]);
  // The first round is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [place, { workerd }] of all.entries()) {
      const durations = await whileOthersWait(workerd, callbacks);
      if (round > 0) measured[place]?.push(...durations);
    }
  }
  return all.map(({ latencyMs }, place) => ({
    latencyMs,
    p50Ms: Number(percentileOf(measured[place] ?? [], 50).toFixed(2)),
    p99Ms: Number(percentileOf(measured[place] ?? [], 99).toFixed(2)),
  }));
}

async function whileOthersWait(workerd: Workerd, callbacks: number): Promise<number[]> {
  const others = (await messages()).slice(0, WAITING).map((one) => answered(workerd, one));
  const durations: number[] = [];
  for (let count = 0; count < callbacks; count += 1) {
    const added = await signedCallback("friend added", 1, `user${count}`);
    const startedMs = performance.now();
    await answered(workerd, added);
    durations.push(performance.now() - startedMs);
  }
  await Promise.all(others);
  return durations;
}

async function answered(workerd: Workerd, callback: Signed): Promise<void> {
  const response = await post(workerd, callback);
  await response.arrayBuffer();
  if (response.status !== 200) throw new Error(`answered with ${response.status}`);
}

function post({ origin }: Workerd, { path, body }: Signed): Promise<Response> {
  return fetch(origin + path, { method: "POST", body, headers: HEADERS });
}
