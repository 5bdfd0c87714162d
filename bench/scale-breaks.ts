import { gigabytes, millions, whole } from "./figures.ts";
import {
  ACCOUNT_MAX_BYTES,
  CONSUMERS_MAX,
  D1,
  DATABASES_AT_ONCE,
  QUEUE_MAX_MESSAGES_PER_SECOND,
} from "./platform.ts";
import { LOAD, RUNS_PER_DAY, type Scale } from "./scale.ts";
import type { Table } from "./tables.ts";

/** A run every five minutes. */
const RUNS_MORE_PER_DAY = 288;

/** The parts of the assumed load that do not fit, the first to break first, and what to do about them. */
export function breaksTable(
  { all, blocked }: { all: Scale; blocked: Scale },
  consumers: number,
): Table {
  const oftener = RUNS_MORE_PER_DAY / RUNS_PER_DAY;
  const walks = (scale: Scale, factor = 1) =>
    `${whole(scale.tombstonePassDays / factor)} and ${whole(scale.erasurePassDays / factor)}`;
  const late = blocked.tombstonesPerDay * blocked.tombstonePassDays;
  const peakOf = (scale: Scale) =>
    (QUEUE_MAX_MESSAGES_PER_SECOND / scale.messagesPerSecond).toFixed(1);
  return {
    title: "What breaks, in this order",
    head: ["What breaks", "Why", "First remedy"],
    rows: [
      [
        "The record, at once",
        `${gigabytes(all.recordBytes)} are to go into 10 GB, which hold ${all.recordDaysThatFit.toFixed(1)} days`,
        `\`RECORD_RESPONSES = "blocked"\`: ${LOAD.recordDays} days have ${gigabytes(blocked.recordBytes)}. ` +
          (all.recordDaysThatFit < 1
            ? "No `RESPONSE_DAYS` makes `all` fit"
            : `With \`all\`, \`RESPONSE_DAYS = ${Math.floor(all.recordDaysThatFit)}\``),
      ],
      [
        "The hourly run",
        `Walks for tombstones and erasures take ${walks(all)} days with \`all\`, ${walks(blocked)} with \`blocked\`, where both go on. A tombstone lives so much longer: up to ${millions(late)} of them more. Who is erased waits so long`,
        `\`crons = ["*/5 * * * *"]\`, ${oftener} times as often: ${walks(blocked, oftener)} days with \`blocked\`. What is told at each run (\`silent\`, \`blocklist-observes\`) is told as often`,
      ],
      [
        "Consumers",
        `A batch has ${all.databases} statements, of which ${DATABASES_AT_ONCE} are under way at once: ${all.waves} times the way to a database. ${consumers} consumers leave it ${whole((consumers * 1_000) / all.batchesAtPeak)} ms at the peak with \`all\`, ${whole((consumers * 1_000) / blocked.batchesAtPeak)} with \`blocked\`. Where it takes longer, the queue grows`,
        `\`max_concurrency\`, up to ${CONSUMERS_MAX}: ${consumers} were chosen for the one thread of one database`,
      ],
      [
        "Tombstones",
        `There are more of them than friendships, for half of the changes are deletions`,
        `\`TOMBSTONE_DAYS = 15\`, the least: ${all.databasesOfFewestTombstones} databases in place of ${all.databases}`,
      ],
      [
        "The one queue",
        `It is full at ${peakOf(all)} times the mean with \`all\`, at ${peakOf(blocked)} times with \`blocked\`. Then \`send\` throws: changes go to their database at once, and are safe; what was to be recorded is not`,
        "`blocked`. A second queue, by slots, would have to be built",
      ],
      [
        "The account",
        `D1 has 1 TB for an account, which ${(ACCOUNT_MAX_BYTES / (blocked.friendsBytes + blocked.recordBytes)).toFixed(1)} times as many friendships and changes fill`,
        `Cloudflare raises it on request: ${D1}`,
      ],
    ],
  };
}
