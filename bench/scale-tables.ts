import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "smol-toml";
import { root } from "../tools/lib/wrangler.ts";
import type { CountResult } from "./counts.ts";
import { gigabytes, millions, percent, whole } from "./figures.ts";
import {
  CONSUMERS_MAX,
  D1,
  DATABASES_AT_ONCE,
  QUEUE_MAX_MESSAGES_PER_SECOND,
  QUEUES,
} from "./platform.ts";
import { PRICES } from "./prices.ts";
import type { Results } from "./results.ts";
import { LOAD, RECORD_MODES, type Scale, SHARE_MAX, scaleOf } from "./scale.ts";
import { breaksTable } from "./scale-breaks.ts";
import type { Table } from "./tables.ts";

/**
 * What the assumed load needs from the platform, and what it breaks. Empty if a needed figure was
 * not measured.
 */
export function scaleTables(results: Results): Table[] {
  const counts = results.counts?.result ?? [];
  const question = countOf(counts, "friend response");
  const change = countOf(counts, "friend added");
  const bytesPerRow = results.sizes?.result.bytesPerRow;
  const [slowest] = results.shards?.result.batches ?? [];
  const pairsPerSecond = slowest?.deployments[0]?.pairsPerSecond;
  if (!question || !change || !bytesPerRow || !pairsPerSecond) return [];
  const consumer = consumerOf("friend-events");
  const costs = { question, change, bytesPerRow, maxBatchSize: consumer.max_batch_size };
  const [all, blocked] = RECORD_MODES.map((mode) => scaleOf(LOAD, mode, costs)) as [Scale, Scale];
  const both = (what: string, of: (scale: Scale) => string, from: string) => [
    ...[what, of(all), of(blocked)],
    from,
  ];
  const batchMs = (scale: Scale, consumers: number) =>
    `${whole((consumers * 1_000) / scale.batchesAtPeak)} ms`;

  const assumed: Table = {
    title: "The load that is assumed",
    head: ["Assumed", "How many"],
    rows: [
      ["Users", millions(LOAD.users)],
      ["Friendships, one in each direction", millions(LOAD.friendships)],
      ["Friend requests a day, of one item", millions(LOAD.requestsPerDay)],
      ["Friend responses a day, of one item", millions(LOAD.responsesPerDay)],
      ["… of both, refused", percent(LOAD.refusedShare)],
      [`Additions a day, of ${LOAD.pairsPerChange} pairs`, millions(LOAD.additionsPerDay)],
      [`Deletions a day, of ${LOAD.pairsPerChange} pairs`, millions(LOAD.deletionsPerDay)],
      ["At the peak, times the mean", whole(LOAD.peakFactor)],
    ],
  };
  const asked: Table = {
    title: "At scale, on paper",
    head: ["What", "`all` recorded", "`blocked` recorded", "From"],
    rows: [
      both(
        "Callbacks a second, and at the peak",
        (s) => `${whole(s.callbacksPerSecond)}, ${whole(s.callbacksAtPeak)}`,
        "assumed",
      ),
      both(
        "KV reads a second at the peak, and keys",
        (s) => `${whole(s.kvReadsAtPeak)}, ${whole(s.kvKeysAtPeak)}`,
        `${question.kvOperations} and ${question.keysRead} for a request or response: "Each callback, counted"`,
      ),
      both(
        "Messages a second, and at the peak",
        (s) => `${whole(s.messagesPerSecond)}, ${whole(s.messagesAtPeak)}`,
        'one for a callback that is kept: "Each callback, counted"',
      ),
      both(
        "… of what one queue takes",
        (s) => percent(s.messagesAtPeak / QUEUE_MAX_MESSAGES_PER_SECOND),
        `${whole(QUEUE_MAX_MESSAGES_PER_SECOND)} a second: ${QUEUES}`,
      ),
      both(
        "Full batches a second at the peak",
        (s) => s.batchesAtPeak.toFixed(1),
        `${consumer.max_batch_size} messages each: wrangler.toml, ${QUEUES}`,
      ),
      both(
        `A batch may take, with ${consumer.max_concurrency} consumers`,
        (s) => batchMs(s, consumer.max_concurrency),
        "`max_concurrency` of wrangler.toml",
      ),
      both(
        `… with ${CONSUMERS_MAX}`,
        (s) => batchMs(s, CONSUMERS_MAX),
        `the most that there can be: ${QUEUES}`,
      ),
      both(
        "Pairs a second at the peak",
        (s) => whole(s.pairsAtPeak),
        `${LOAD.pairsPerChange} in a change: assumed`,
      ),
      both(
        "Databases that these alone would need",
        (s) => whole(Math.ceil(s.pairsAtPeak / pairsPerSecond)),
        `one had ${whole(pairsPerSecond)} pairs a second: "The consumer, with several databases", 100 × 1`,
      ),
      both(
        "Friendships",
        (s) => gigabytes(s.friendshipBytes),
        `${bytesPerRow.friendship} bytes each: "On disk"`,
      ),
      both(
        "Tombstones",
        (s) => `${millions(s.tombstones)}, ${gigabytes(s.tombstoneBytes)}`,
        `${LOAD.tombstoneDays} days of them, each counted as a friendship: its page does not shrink`,
      ),
      both(
        "Databases for both, full, and half full",
        (s) => `${s.databasesFull}, ${s.databases}`,
        `10 GB: ${D1}; the largest share is within ${percent(SHARE_MAX - 1)}: \`test/unit/slots.test.ts\`, of up to 32 databases`,
      ),
      both(
        "Statements of a batch for friends",
        (s) => whole(s.databases),
        'one in each database: `test/integration/shards.test.ts`, "a batch is one statement in each"',
      ),
      both(
        "… one after the other",
        (s) => whole(s.waves),
        `${DATABASES_AT_ONCE} at once in an invocation: ${D1}`,
      ),
      both(
        "Statements a second in one database at the peak",
        (s) => s.batchesAtPeak.toFixed(1),
        `a thousand where each takes 1 ms: ${D1}`,
      ),
      both(
        "Records a day",
        (s) => `${millions(s.records)}, ${gigabytes(s.recordBytesPerDay)}`,
        `${bytesPerRow.response} bytes a response, ${bytesPerRow.request} a request, ${bytesPerRow["refused response"]} a refused one: "On disk"`,
      ),
      both(
        `${LOAD.recordDays} days of them`,
        (s) => gigabytes(s.recordBytes),
        "`RESPONSE_DAYS` unless set",
      ),
      both(
        "Days that fit into `RECORDS`",
        (s) =>
          s.recordDaysThatFit < 10 ? s.recordDaysThatFit.toFixed(1) : whole(s.recordDaysThatFit),
        `10 GB: ${D1}`,
      ),
      both(
        "Rows a second that are written there at the peak",
        (s) => whole(s.recordRowsAtPeak),
        '1 for a record, 2 for a refused one: `test/integration/budgets.test.ts`, "is recorded by"',
      ),
      both(
        "Statements of an hourly run: records, tombstones, erasures",
        ({ perRun: { records, tombstones, erasures } }) => `${records}, ${tombstones}, ${erasures}`,
        "`SWEEP_STATEMENTS_PER_RUN`, shared out by `src/db/sweep.ts`, where both walks go on",
      ),
      both(
        "Days of a walk for tombstones",
        (s) => whole(s.tombstonePassDays),
        "3 statements for `TOMBSTONE_SLICE_ROWS` of friends and tombstones",
      ),
      both(
        "Days of a walk for an erasure",
        (s) => whole(s.erasurePassDays),
        "4 statements for `ERASURE_SLICE_ROWS` of them",
      ),
      ...dollarRows(both),
    ],
  };
  return [assumed, asked, breaksTable({ all, blocked }, consumer.max_concurrency)];
}

type Row = (what: string, of: (scale: Scale) => string, from: string) => string[];

function dollarRows(both: Row): string[][] {
  const line = (what: string, name: keyof Scale["dollars"], from: string) =>
    both(`$ ${what}`, ({ dollars }) => whole(dollars[name]), from);
  return [
    line("requests", "requests", `${PRICES.perMillionRequests} a million`),
    line("KV keys", "keys", `${PRICES.perMillionKeysRead} a million`),
    line("queue operations", "queue", `${PRICES.perMillionQueueOperations} a million, 3 a message`),
    line("rows written", "written", `${PRICES.perMillionRowsWritten} a million`),
    line("rows removed", "removed", "the same: each that is written goes again"),
    line(
      "rows read",
      "read",
      "both walks once a day, which is the most; 3 for a row: `test/db/tombstones.test.ts`; an erasure is taken to read as many",
    ),
    line("storage", "storage", `${PRICES.perGigabyteMonth} a GB`),
    both("**$ a month**", ({ dollarsInAll }) => `**${whole(dollarsInAll)}**`, "`bench/prices.ts`"),
  ];
}

function countOf(counts: readonly CountResult[], kind: CountResult["kind"]) {
  return counts.find((one) => one.kind === kind && one.size === 1);
}

type Consumer = { queue: string; max_batch_size: number; max_concurrency: number };

function consumerOf(queue: string): Consumer {
  const { queues } = parse(readFileSync(join(root, "wrangler.toml"), "utf8")) as {
    queues: { consumers: Consumer[] };
  } & Record<string, never>;
  const found = queues.consumers.find((consumer) => consumer.queue === queue);
  if (found === undefined) throw new Error(`${queue} has no consumer`);
  return found;
}
