import autocannon from "autocannon";
import { HEADERS, type Signed } from "./callbacks.ts";
import type { Throughput } from "./results.ts";
import { median, spread } from "./statistics.ts";
import type { Workerd } from "./workerd.ts";

const CONNECTIONS = 16;
/** V8 still compiles hot code until each Worker has answered about 25,000 callbacks. */
const WARM_UP_CALLBACKS = 30_000;

export type Rounds = {
  rounds: number;
  /** The length of a round. */
  seconds: number;
  /** So many callbacks to each come before its first round. A quick run has fewer. */
  warmUp?: number;
};

type Round = { perSecond: number; cpuMicroseconds: number | undefined };

/**
 * Loads each in turn, so many times, and joins the measurements of each.
 *
 * @param requests made anew for each round, because a callback is too old after a minute
 */
export async function alternate<Name extends string>(
  contenders: readonly (readonly [Name, Workerd])[],
  requests: () => Promise<Signed[]>,
  { rounds, seconds, warmUp = WARM_UP_CALLBACKS }: Rounds,
): Promise<(Throughput & { name: Name })[]> {
  const measured = new Map<Name, Round[]>(contenders.map(([name]) => [name, []]));
  for (const [, workerd] of contenders) await load(workerd, await requests(), { amount: warmUp });
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, workerd] of contenders) {
      measured.get(name)?.push(await load(workerd, await requests(), { duration: seconds }));
    }
  }
  return contenders.map(([name]) => {
    const all = measured.get(name) ?? [];
    const cpu = all.flatMap(({ cpuMicroseconds }) => cpuMicroseconds ?? []);
    return {
      name,
      perSecond: Math.round(median(all.map(({ perSecond }) => perSecond))),
      spread: spread(all.map(({ perSecond }) => perSecond)),
      cpuMicroseconds: cpu.length === 0 ? undefined : Number(median(cpu).toFixed(1)),
    };
  });
}

/** The first of two as a fraction of the second: by requests a second, and by processor time. */
export function ratio(
  ours: Throughput | undefined,
  theirs: Throughput | undefined,
): { byRate: number; byCpu: number | undefined } {
  if (ours === undefined || theirs === undefined) throw new Error("nobody was measured");
  return {
    byRate: Number((ours.perSecond / theirs.perSecond).toFixed(2)),
    byCpu:
      ours.cpuMicroseconds === undefined || theirs.cpuMicroseconds === undefined
        ? undefined
        : Number((theirs.cpuMicroseconds / ours.cpuMicroseconds).toFixed(2)),
  };
}

/** One round of a load generator. It keeps its connections, and waits for each answer. */
async function load(
  workerd: Workerd,
  requests: Signed[],
  length: { duration: number } | { amount: number },
): Promise<Round> {
  const cpuBefore = workerd.cpuMs();
  const result = await autocannon({
    url: workerd.origin,
    connections: CONNECTIONS,
    ...length,
    method: "POST",
    headers: HEADERS,
    requests,
  });
  const cpuAfter = workerd.cpuMs();
  if (result.non2xx + result.errors + result.timeouts > 0) {
    throw new Error(`${result.non2xx} answers were not 200, ${result.errors} requests failed`);
  }
  const count = result.requests.total;
  return {
    perSecond: count / result.duration,
    cpuMicroseconds:
      cpuBefore === undefined || cpuAfter === undefined
        ? undefined
        : ((cpuAfter - cpuBefore) * 1000) / count,
  };
}
