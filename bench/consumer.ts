import { withFolder } from "../tools/lib/folder.ts";
import { applyAll, type Batch, type Deployment, post, speedOf } from "./applying.ts";
import { build } from "./build.ts";
import { startHarness } from "./harness.ts";
import type { Fill, Filled } from "./messages.ts";
import { DATABASE_MAX_BYTES } from "./platform.ts";

const TABLES = [1_000, 100_000, 1_000_000];
/**
 * The callbacks' own shape is a list of one user's friends, which are neighbours in the table; the
 * other half of a two-way list is all over it. Small messages have nothing to tell apart.
 */
const BATCHES: Batch[] = [
  { messages: 1, pairs: 1, pairsOf: "table" },
  { messages: 100, pairs: 1, pairsOf: "table" },
  ...(["list", "table"] as const).flatMap((pairsOf) => [
    { messages: 10, pairs: 10, pairsOf },
    { messages: 100, pairs: 10, pairsOf },
    { messages: 1, pairs: 500, pairsOf },
    { messages: 100, pairs: 500, pairsOf },
  ]),
];
/** workerd tells whole milliseconds: a small batch is timed as the mean of several. */
const REPEATS_MAX = 20;

export type ConsumerResult = {
  batches: (Batch & {
    statements: number;
    tables: {
      rows: number;
      pairsPerSecond: number;
      microsecondsPerPair: number;
      spread: [number, number];
    }[];
    /** Cost of a pair on the largest table, in parts of that on the smallest. */
    largestToSmallest: number;
  })[];
  bytesPerFriendship: number;
  friendshipsPerDatabase: number;
};

export type ConsumerOptions = {
  rounds: number;
  /** So many of the tables, the smallest first; all of them unless given. */
  tables?: number;
};

/** The consumer on tables of several sizes: each round hands every batch to every table. */
export async function measureConsumer({
  rounds,
  tables: count,
}: ConsumerOptions): Promise<ConsumerResult> {
  return withFolder(async (dir) => {
    await build(dir, "bench/worker/consumer.ts");
    const tables: (Deployment & { bytes: number })[] = [];
    try {
      for (const rows of TABLES.slice(0, count)) {
        const harness = await startHarness(dir);
        const { bytes } = await post<Fill, Filled>(harness, "/fill", { rows });
        tables.push({ rows, harness, bytes });
      }
      const applied = await applyAll(tables, BATCHES, {
        rounds,
        repeatsOf: ({ messages, pairs }) =>
          Math.ceil(REPEATS_MAX / messages / Math.ceil(pairs / 10)),
      });
      const largest = tables.at(-1);
      const bytesPerFriendship = largest === undefined ? 0 : largest.bytes / largest.rows;
      return {
        batches: BATCHES.map((batch, index) => {
          const byTable = tables.map(({ rows }, table) => ({
            rows,
            ...speedOf(batch, applied(index, table)),
          }));
          return {
            ...batch,
            statements: Math.max(
              ...tables.flatMap((_, table) => applied(index, table).map((one) => one.statements)),
            ),
            tables: byTable,
            largestToSmallest: Number(
              (
                (byTable.at(-1)?.microsecondsPerPair ?? 0) / (byTable[0]?.microsecondsPerPair ?? 0)
              ).toFixed(2),
            ),
          };
        }),
        bytesPerFriendship: Math.round(bytesPerFriendship),
        friendshipsPerDatabase: Math.floor(DATABASE_MAX_BYTES / bytesPerFriendship),
      };
    } finally {
      for (const { harness } of tables) await harness.close();
    }
  });
}
