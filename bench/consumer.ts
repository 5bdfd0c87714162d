import { withFolder } from "../tools/lib/folder.ts";
import { build } from "./build.ts";
import { type Harness, startHarness } from "./harness.ts";
import type { Applied, Apply, Fill, Filled } from "./messages.ts";
import { median, spread } from "./statistics.ts";

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
/** D1 holds no more. https://developers.cloudflare.com/d1/platform/limits/ */
const DATABASE_MAX_BYTES = 10_000_000_000;

type Batch = Pick<Apply, "messages" | "pairs" | "pairsOf">;

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
    const tables: { rows: number; harness: Harness; bytes: number }[] = [];
    try {
      for (const rows of TABLES.slice(0, count)) {
        const harness = await startHarness(dir);
        const { bytes } = await post<Fill, Filled>(harness, "/fill", { rows });
        tables.push({ rows, harness, bytes });
      }
      const applied = await applyAll(tables, rounds);
      const largest = tables.at(-1);
      const bytesPerFriendship = largest === undefined ? 0 : largest.bytes / largest.rows;
      return {
        batches: BATCHES.map((batch, index) => {
          const byTable = tables.map(({ rows }) => summaryOf(rows, batch, applied(index, rows)));
          return {
            ...batch,
            statements: Math.max(
              ...tables.flatMap(({ rows }) => applied(index, rows).map((one) => one.statements)),
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

async function applyAll(tables: { rows: number; harness: Harness }[], rounds: number) {
  const all = new Map<string, Applied[]>();
  // The first round is not counted: caches fill, and the runtime compiles what is hot.
  for (let round = 0; round <= rounds; round += 1) {
    for (const [index, batch] of BATCHES.entries()) {
      for (const { rows, harness } of tables) {
        const one = await post<Apply, Applied>(harness, "/apply", {
          ...{ rows, ...batch },
          repeats: Math.ceil(REPEATS_MAX / batch.messages / Math.ceil(batch.pairs / 10)),
        });
        if (round === 0) continue;
        all.set(`${index} ${rows}`, [...(all.get(`${index} ${rows}`) ?? []), one]);
      }
    }
  }
  return (batch: number, rows: number): Applied[] => all.get(`${batch} ${rows}`) ?? [];
}

function summaryOf(rows: number, batch: { messages: number; pairs: number }, all: Applied[]) {
  const ms = median(all.map((one) => one.ms));
  const pairs = batch.messages * batch.pairs;
  return {
    rows,
    pairsPerSecond: Math.round((pairs * 1000) / ms),
    microsecondsPerPair: Number(((ms * 1000) / pairs).toFixed(1)),
    spread: spread(all.map((one) => one.ms)),
  };
}

async function post<Question, Answer>(
  { origin }: Harness,
  path: string,
  question: Question,
): Promise<Answer> {
  const response = await fetch(origin + path, { method: "POST", body: JSON.stringify(question) });
  if (!response.ok)
    throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}
