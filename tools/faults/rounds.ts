import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import * as z from "zod";

/** What one round of the fault harness counted, scenario by scenario. */
const scenarioSchema = z
  .object({ scenario: z.string(), callbacks: z.int().positive() })
  .catchall(z.int().nonnegative());
const roundSchema = z.array(scenarioSchema).min(1);
export type Round = z.output<typeof roundSchema>;

/** The figures in the output of the harness. */
export function roundIn(output: string): Round {
  const lines = output.matchAll(/faults: (\{.*\})/g);
  return roundSchema.parse(Array.from(lines, ([, json = ""]) => JSON.parse(json)));
}

export function readRounds(file: string): Round[] {
  return existsSync(file) ? z.array(roundSchema).parse(JSON.parse(readFileSync(file, "utf8"))) : [];
}

export function writeRounds(file: string, rounds: readonly Round[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(rounds));
}

export function played(rounds: readonly Round[]): number {
  return rounds.flat().reduce((sum, { callbacks }) => sum + callbacks, 0);
}

/** All rounds together, by scenario. The last entry is the sum of all scenarios. */
export function sumsOf(rounds: readonly Round[]): Record<string, string | number>[] {
  const sums = new Map<string, Record<string, number>>();
  for (const { scenario, ...figures } of rounds.flat()) {
    for (const name of [scenario, "all"]) {
      const sum = sums.get(name) ?? {};
      for (const [figure, value] of Object.entries(figures))
        sum[figure] = (sum[figure] ?? 0) + Number(value);
      sums.set(name, sum);
    }
  }
  const all = sums.get("all");
  sums.delete("all");
  return [...sums, ...(all ? [["all", all] as const] : [])].map(([scenario, sum]) => ({
    scenario,
    ...sum,
  }));
}
