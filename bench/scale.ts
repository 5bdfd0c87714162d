import { sharesOf } from "../src/db/sweep.ts";
import {
  DECIDED_SLICE_ROWS,
  ERASURE_SLICE_ROWS,
  RETENTION_DEFAULT_DAYS,
  SWEEP_STATEMENTS_PER_DATABASE,
  SWEEP_STATEMENTS_PER_RUN,
  TOMBSTONE_MIN_DAYS,
  TOMBSTONE_SLICE_ROWS,
} from "../src/limits.ts";
import type { Stored } from "./messages.ts";
import { DATABASE_MAX_BYTES, DATABASES_AT_ONCE } from "./platform.ts";
import { type Count, PRICES } from "./prices.ts";

/**
 * The deployment that docs/performance.md calculates with. All of its figures are assumptions. There are no
 * others.
 */
export const LOAD = {
  users: 10_000_000,
  /** Rows of `friends`. A mutual friendship has two. */
  friendships: 1_000_000_000,
  requestsPerDay: 30_000_000,
  responsesPerDay: 30_000_000,
  /** Two of three responses accept. As many friendships end, so the table keeps its size. */
  additionsPerDay: 20_000_000,
  deletionsPerDay: 20_000_000,
  pairsPerChange: 2,
  refusedShare: 0.01,
  peakFactor: 3,
  tombstoneDays: RETENTION_DEFAULT_DAYS,
  recordDays: RETENTION_DEFAULT_DAYS,
};
export type Load = typeof LOAD;

export const RECORD_MODES = ["all", "blocked"] as const;
export type RecordMode = (typeof RECORD_MODES)[number];

/** The cost of one thing, counted or measured. */
export type Costs = {
  /** A friend response with one item. A friend request costs no more. */
  question: Count;
  /** A friend callback with one pair. */
  change: Count;
  bytesPerRow: Record<Stored, number>;
  maxBatchSize: number;
};

/** No database has more than so many times its share: test/unit/slots.test.ts. */
export const SHARE_MAX = 1.1;
/** A half full database has room to grow, and room for slots that are moved to it. */
export const FILL = 0.5;
const DAY_SECONDS = 86_400;
const MONTH_DAYS = 30;
export const RUNS_PER_DAY = 24;
/** src/db/pairs/tombstones.ts and src/db/erasures.ts use so many statements for a slice. */
const TOMBSTONE_SLICE_STATEMENTS = 3;
const ERASURE_SLICE_STATEMENTS = 4;
/** For a row: test/db/tombstones.test.ts, "cost a bounded number of rows, however large the table". */
const WALK_READS = 3;

export type Scale = ReturnType<typeof scaleOf>;

/** What a load needs from the platform. */
export function scaleOf(load: Load, mode: RecordMode, costs: Costs) {
  const { question, change, bytesPerRow, maxBatchSize } = costs;
  const questions = load.requestsPerDay + load.responsesPerDay;
  const changes = load.additionsPerDay + load.deletionsPerDay;
  const recordedShare = mode === "all" ? 1 : load.refusedShare;
  const perSecond = (perDay: number) => perDay / DAY_SECONDS;
  const atPeak = (perDay: number) => perSecond(perDay) * load.peakFactor;

  const messages = changes + questions * recordedShare;
  const batchesAtPeak = atPeak(messages) / maxBatchSize;
  const pairs = changes * load.pairsPerChange;

  const tombstonesPerDay = load.deletionsPerDay * load.pairsPerChange;
  const tombstones = tombstonesPerDay * load.tombstoneDays;
  const rows = load.friendships + tombstones;
  // A tombstone holds less data, but its page does not shrink.
  const friendsBytes = rows * bytesPerRow.friendship;
  const databasesAt = (fill: number, bytes = friendsBytes) =>
    Math.ceil((bytes * SHARE_MAX) / (DATABASE_MAX_BYTES * fill));
  const databases = databasesAt(FILL);

  const refused = questions * load.refusedShare;
  const passed = mode === "all" ? questions - refused : 0;
  const records = passed + refused;
  const recordBytesPerDay =
    passed * Math.max(bytesPerRow.response, bytesPerRow.request) +
    refused * bytesPerRow["refused response"];
  const recordBytes = recordBytesPerDay * load.recordDays;
  // A refused one is also in an index.
  const recordRowsPerDay = passed * question.rowsWritten + refused * (question.rowsWritten + 1);

  const recordSlices = records / DECIDED_SLICE_ROWS;
  const perRun = runOf(recordSlices / RUNS_PER_DAY, databases);
  const passDays = (sliceRows: number, statements: number, ofRun: number) =>
    ((rows / sliceRows) * statements) / (ofRun * RUNS_PER_DAY);
  const tombstonePassDays = passDays(
    TOMBSTONE_SLICE_ROWS,
    TOMBSTONE_SLICE_STATEMENTS,
    perRun.tombstones,
  );

  const monthly = (perDay: number, perMillion: number) =>
    (perDay * MONTH_DAYS * perMillion) / 1_000_000;
  const rowsWritten = changes * load.pairsPerChange * change.rowsWritten + recordRowsPerDay;
  // Every written row is removed later: the number is the same.
  const rowsRemoved = tombstonesPerDay + recordRowsPerDay;
  const rowsRead =
    questions * recordedShare * question.rowsRead +
    pairs * change.rowsRead +
    // Both walks run once a day. That is the most.
    2 * rows * WALK_READS;
  const dollars = {
    requests: monthly(questions + changes, PRICES.perMillionRequests),
    keys: monthly(questions * question.keysRead, PRICES.perMillionKeysRead),
    queue: monthly(messages * change.queueOperations, PRICES.perMillionQueueOperations),
    written: monthly(rowsWritten, PRICES.perMillionRowsWritten),
    removed: monthly(rowsRemoved, PRICES.perMillionRowsWritten),
    read: monthly(rowsRead, PRICES.perMillionRowsRead),
    storage: ((friendsBytes + recordBytes) / 1e9) * PRICES.perGigabyteMonth,
  };
  return {
    callbacksPerSecond: perSecond(questions + changes),
    callbacksAtPeak: atPeak(questions + changes),
    kvReadsAtPeak: atPeak(questions * question.kvOperations),
    kvKeysAtPeak: atPeak(questions * question.keysRead),
    messagesPerSecond: perSecond(messages),
    messagesAtPeak: atPeak(messages),
    batchesAtPeak,
    pairsAtPeak: atPeak(pairs),
    tombstones,
    friendshipBytes: load.friendships * bytesPerRow.friendship,
    tombstoneBytes: tombstones * bytesPerRow.friendship,
    friendsBytes,
    databasesFull: databasesAt(1),
    databases,
    databasesOfFewestTombstones: databasesAt(
      FILL,
      (load.friendships + tombstonesPerDay * TOMBSTONE_MIN_DAYS) * bytesPerRow.friendship,
    ),
    /** A statement waits for another one only if there are more databases than connections. */
    waves: Math.ceil(databases / DATABASES_AT_ONCE),
    records,
    recordRowsAtPeak: atPeak(recordRowsPerDay),
    recordBytesPerDay,
    recordBytes,
    recordDaysThatFit: DATABASE_MAX_BYTES / recordBytesPerDay,
    recordSlices,
    perRun,
    tombstonePassDays,
    tombstonesPerDay,
    erasurePassDays: passDays(ERASURE_SLICE_ROWS, ERASURE_SLICE_STATEMENTS, perRun.erasures),
    dollars,
    dollarsInAll: Object.values(dollars).reduce((sum, each) => sum + each, 0),
  };
}

/**
 * The statements of a run, as src/scheduled.ts divides them. The records of both kinds come first. Each
 * database needs one more statement, which finds nothing left. The walks without end get the rest.
 */
function runOf(recordSlices: number, databases: number) {
  const share = sharesOf(SWEEP_STATEMENTS_PER_RUN - databases * SWEEP_STATEMENTS_PER_DATABASE);
  const draw = (slices: number, statements: number) => {
    const own = share();
    let drawn = 0;
    while (drawn < slices * statements && own(statements)) drawn += statements;
    return drawn;
  };
  const records = [0, 1].map(() => draw(recordSlices / 2 + databases, 1));
  return {
    records: records.reduce((sum, each) => sum + each, 0),
    tombstones: draw(Number.POSITIVE_INFINITY, TOMBSTONE_SLICE_STATEMENTS),
    erasures: draw(Number.POSITIVE_INFINITY, ERASURE_SLICE_STATEMENTS),
  };
}
