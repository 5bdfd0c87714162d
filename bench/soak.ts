import autocannon from "autocannon";
import { withFolder } from "../tools/lib/folder.ts";
import type { Before } from "./before.ts";
import { build } from "./build.ts";
import { HEADERS, settings } from "./callbacks.ts";
import type { Soaked, SoakResult } from "./results.ts";
import { type Sent, soakCallbacks } from "./soak-callbacks.ts";
import { median } from "./statistics.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

const CONNECTIONS = 16;
/** Signed together. They are answered long before they are too old. The memory is read after them. */
const USERS_OF_A_SLICE = 2_000;
/** In this part of the time, code is still compiled, and heaps still grow to their size. */
const WARM_UP = 0.2;
/** The early part is so much of the time after the warm-up. The late part is so much at the end. */
const LOOKED_AT = 0.1;

/** Memory of the built Worker and of a control beside it. Each answers the same callbacks in turn. */
export async function measureSoak(slices: number, before: Before | undefined): Promise<SoakResult> {
  return withFolder(async (dir) => {
    const stubs = await build(`${dir}/stubs`, "bench/worker/stubs.ts");
    const product = await build(`${dir}/friendgate`);
    const control = await build(`${dir}/control`, "bench/worker/control.ts");
    const running: { workerd: Workerd; samples: number[] }[] = [];
    const start = async (name: string, worker: string) => {
      const scripts = { worker, stubs: stubs.script };
      const workerd = await startWorkerd(name, dir, scripts, settings);
      const started = { workerd, samples: [] };
      running.push(started);
      return started;
    };
    try {
      const ours = await start("friendgate", product.script);
      const beside = await start("control", control.script);
      const older = before && (await build(`${dir}/before`, "src/index.ts", before.root));
      const earlier = older && (await start("before", older.script));
      let callbacks = 0;
      for (let slice = 0; slice < slices; slice += 1) {
        const sent = await soakCallbacks(slice * USERS_OF_A_SLICE, USERS_OF_A_SLICE);
        callbacks += sent.length;
        await answer(ours.workerd, sent, statusesOf(sent));
        if (earlier) await answer(earlier.workerd, sent, statusesOf(sent));
        await answer(beside.workerd, sent, { 200: sent.length });
        for (const { workerd, samples } of running) {
          const mib = workerd.residentMib();
          if (mib !== undefined) samples.push(mib);
        }
      }
      return {
        ...summary(callbacks, ours.samples),
        control: summary(callbacks, beside.samples),
        ...(earlier && { before: summary(callbacks, earlier.samples) }),
      };
    } finally {
      for (const { workerd } of running) await workerd.stop();
    }
  });
}

function summary(callbacks: number, samples: readonly number[]): Soaked {
  const mibFrom = (from: number) => {
    const first = Math.floor(samples.length * from);
    const some = samples.slice(first, first + Math.ceil(samples.length * LOOKED_AT));
    return some.length === 0 ? undefined : Math.round(median(some));
  };
  return { callbacks, earlyMib: mibFrom(WARM_UP), lateMib: mibFrom(1 - LOOKED_AT) };
}

/** Each request once, over connections that stay open. */
async function answer(
  workerd: Workerd,
  sent: readonly Sent[],
  expected: Record<number, number>,
): Promise<void> {
  let connection = 0;
  const { statusCodeStats } = await autocannon({
    url: workerd.origin,
    connections: CONNECTIONS,
    amount: sent.length,
    setupClient(client) {
      const own = sent.filter((_, index) => index % CONNECTIONS === connection);
      client.setRequests(own.map((one) => ({ ...one, headers: HEADERS })));
      connection += 1;
    },
  });
  const statuses = Object.fromEntries(
    Object.entries(statusCodeStats ?? {}).map(([status, { count }]) => [status, count ?? 0]),
  );
  if (told(statuses) !== told(expected)) {
    throw new Error(`answered ${told(statuses)}, not ${told(expected)}`);
  }
}

/** If a client is refused while it sends, the connection may close before it reads the answer. */
function told({ 413: _, ...counts }: Record<number, number>): string {
  return JSON.stringify(counts);
}

/** In the order of the statuses: JavaScript sorts such members of an object. */
function statusesOf(sent: readonly Sent[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of sent) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
