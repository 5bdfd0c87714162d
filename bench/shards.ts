import { withFolder } from "../tools/lib/folder.ts";
import { applyAll, type Batch, type Deployment, post, speedOf } from "./applying.ts";
import { build } from "./build.ts";
import { startHarness } from "./harness.ts";
import type { Fill, Filled } from "./messages.ts";

const DATABASES = [1, 8];
/** Full batches. A deployment that needs several databases has these. */
const BATCHES: Batch[] = [
  { messages: 100, pairs: 1, pairsOf: "table" },
  { messages: 100, pairs: 10, pairsOf: "list" },
  { messages: 100, pairs: 10, pairsOf: "table" },
];
/** workerd's clock has whole milliseconds. So a batch's time is the mean of several. */
const REPEATS = 10;

export type ShardsResult = {
  /** In all databases together. */
  rows: number;
  batches: (Batch & {
    deployments: {
      databases: number;
      statements: number;
      rowsWritten: number;
      pairsPerSecond: number;
      microsecondsPerPair: number;
      spread: [number, number];
    }[];
    /** Pairs a second with the most databases, as a multiple of those with one. */
    mostToOne: number;
  })[];
};

/** The consumer with one database and with several. Both have the same number of rows in all. */
export async function measureShards(options: {
  rows: number;
  rounds: number;
}): Promise<ShardsResult> {
  const { rows, rounds } = options;
  return withFolder(async (dir) => {
    await build(dir, "bench/worker/consumer.ts");
    const all: (Deployment & { databases: number })[] = [];
    try {
      for (const databases of DATABASES) {
        const harness = await startHarness(dir, databases);
        all.push({ rows, harness, databases });
        await post<Fill, Filled>(harness, "/fill", { rows });
      }
      const applied = await applyAll(all, BATCHES, { rounds, repeatsOf: () => REPEATS });
      return {
        rows,
        batches: BATCHES.map((batch, index) => {
          const deployments = all.map(({ databases }, place) => {
            const rounds = applied(index, place);
            const most = (figure: "statements" | "rowsWritten") =>
              Math.max(...rounds.map((one) => one[figure]));
            return {
              databases,
              statements: most("statements"),
              rowsWritten: most("rowsWritten"),
              ...speedOf(batch, rounds),
            };
          });
          const [one, most] = [deployments[0], deployments.at(-1)];
          const ratio = (most?.pairsPerSecond ?? Number.NaN) / (one?.pairsPerSecond ?? Number.NaN);
          return { ...batch, deployments, mostToOne: Number(ratio.toFixed(2)) };
        }),
      };
    } finally {
      for (const { harness } of all) await harness.close();
    }
  });
}
