import { withFolder } from "../tools/lib/folder.ts";
import { applyAll, type Batch, type Deployment, post, speedOf } from "./applying.ts";
import { build } from "./build.ts";
import { startHarness } from "./harness.ts";
import type { Fill, Filled } from "./messages.ts";
import { DATABASE_MAX_BYTES } from "./platform.ts";

const TABLES = [1_000, 100_000, 1_000_000];
/**
 * The callbacks usually have a list of one user's friends. These are neighbours in the table. The other half
 * of a two-way list is spread over all of it. In small messages, this makes no difference.
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
/** workerd's clock has whole milliseconds. So a small batch's time is the mean of several. */
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
    /** The cost of a pair on the largest table, as a multiple of the cost on the smallest. */
    largestToSmallest: number;
  })[];
  bytesPerFriendship: number;
  friendshipsPerDatabase: number;
};

export type ConsumerOptions = {
  rounds: number;
  /** So many of the tables, the smallest first. Without it, all of them. */
  tables?: number;
};

/** The consumer on tables of several sizes. In each round, every table gets every batch. */
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
