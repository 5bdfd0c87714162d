import type { Harness } from "./harness.ts";
import type { Applied, Apply } from "./messages.ts";
import { median, spread } from "./statistics.ts";

export type Batch = Pick<Apply, "messages" | "pairs" | "pairsOf">;

/** A Worker with a table of so many rows. */
export type Deployment = { rows: number; harness: Harness };

/**
 * In each round, every deployment gets every batch in turn. So the other work of the machine slows all of
 * them.
 *
 * @returns the measurements, by the indexes of batch and deployment
 */
export async function applyAll(
  deployments: readonly Deployment[],
  batches: readonly Batch[],
  { rounds, repeatsOf }: { rounds: number; repeatsOf: (batch: Batch) => number },
): Promise<(batch: number, deployment: number) => Applied[]> {
  const all = batches.map(() => deployments.map((): Applied[] => []));
  // The first round does not count: caches fill, and the runtime compiles hot code.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, batch] of batches.entries()) {
      for (const [place, { rows, harness }] of deployments.entries()) {
        const question = { rows, ...batch, repeats: repeatsOf(batch) };
        const one = await post<Apply, Applied>(harness, "/apply", question);
        if (round > 0) all[index]?.[place]?.push(one);
      }
    }
  }
  return (batch, deployment) => all[batch]?.[deployment] ?? [];
}

/** The speed of a batch. */
export function speedOf(batch: Batch, all: readonly Applied[]) {
  const ms = median(all.map((one) => one.ms));
  const pairs = batch.messages * batch.pairs;
  return {
    pairsPerSecond: Math.round((pairs * 1000) / ms),
    microsecondsPerPair: Number(((ms * 1000) / pairs).toFixed(1)),
    spread: spread(all.map((one) => one.ms)),
  };
}

export async function post<Question, Answer>(
  { origin }: Harness,
  path: string,
  question: Question,
): Promise<Answer> {
  const response = await fetch(origin + path, { method: "POST", body: JSON.stringify(question) });
  if (!response.ok)
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
