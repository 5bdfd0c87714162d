import { setTimeout } from "node:timers/promises";
import { interrupted } from "../lib/tool.ts";
import type { TrueList } from "../tencent/lists.ts";
import type { Target } from "../tencent/send.ts";
import { compare, type Difference, sizeOf } from "./compare.ts";
import { type Drift, lostOf, tencentAfter, type Unheard } from "./happened.ts";
import type { Table } from "./happening.ts";
import { people } from "./people.ts";
import { type PlanOptions, planOf } from "./plan.ts";
import type { Figures } from "./progress.ts";
import { compareRecord, type RecordDifference, type Recorded, type RecordMode } from "./record.ts";
import { run } from "./run.ts";
import { type SpamReport, spamReport } from "./spam-report.ts";
import type { StoredTables } from "./stored.ts";
import { tell } from "./tell.ts";
import { misledPairs, truthOf } from "./truth.ts";
import type { Verdict } from "./verdicts.ts";

export type TrafficOptions = {
  plan: PlanOptions;
  target: Target;
  /** Steps a second. */
  rate: number;
  concurrency: number;
  /** What the users have in the tables. */
  readTables: () => Promise<StoredTables>;
  recordMode: RecordMode;
  /** What happens without a callback, and who gets Tencent's lists afterwards. */
  unheard?: Unheard & { onTruth: (lists: TrueList[]) => void };
  /** How long a difference must last before it counts, in milliseconds. */
  patienceMs: number;
  /** Kept up to date while the traffic runs. */
  figures: Figures;
  onPlanned: (steps: number) => void;
  onStep: () => void;
  /** Called when everything was sent, after so many milliseconds. */
  onSent: (elapsedMs: number) => void;
};

export type TrafficResult = {
  tables: Record<Table, TableResult>;
  record: RecordDifference;
  spam: SpamReport;
  /** Set if something happens without a callback. */
  unheard?: { lost: number; drift: Drift };
};

export type TableResult = {
  /** Pairs that must be in the table by the truth. */
  pairs: number;
  /** Pairs that end differently than they happened, because of the order of arrival. */
  misled: number;
  difference: Difference;
};

/** Reads equal tables once more: a late delivery could still make them differ. */
const CONFIRM_AFTER_MS = 2_000;
const READ_AGAIN_AFTER_MS = 1_000;

/** Plays the life of a social graph. Then compares the tables with the truth. */
export async function playTraffic(options: TrafficOptions): Promise<TrafficResult> {
  const { plan, target, rate, concurrency, figures, unheard } = options;
  const steps = planOf(plan);
  options.onPlanned(steps.length);

  const lost = unheard ? lostOf(steps, unheard) : new Set<number>();
  const verdicts: Verdict[] = [];
  const startedMs = performance.now();
  const outcomes = await run(steps, {
    rate,
    concurrency,
    send: (step) =>
      tell(target, step, {
        isLost: lost.has(step.at),
        onPlayed: ({ sent, effect }) => {
          const good = effect.ok && effect.problems.length === 0;
          figures.sent += 1;
          figures.ok += good ? 1 : 0;
          figures.failed += good ? 0 : 1;
          figures.blocked += effect.items.some(({ blocked }) => blocked) ? 1 : 0;
          figures.durationsMs.push(sent.received.elapsedMs);
        },
        onAnswered: (answered) => verdicts.push(...answered),
      }),
    onSettled: options.onStep,
  });
  options.onSent(performance.now() - startedMs);

  const users = people(plan.prefix, plan.users + plan.spammers);
  const after = unheard && tencentAfter(users, steps, outcomes, unheard, Date.now());
  if (after) unheard?.onTruth(after.lists);
  const truths = byTable((table) => truthOf(table, steps, outcomes));
  const { tables, record, recorded } = await settled(async () => {
    const stored = await options.readTables();
    return {
      tables: byTable((table) => compare(truths[table], stored[table])),
      record: compareRecord(verdicts, stored.record, options.recordMode),
      recorded: stored.record,
    };
  }, options);
  return {
    tables: byTable((table) => ({
      pairs: [...truths[table].values()].filter(({ state }) => state === "there").length,
      misled: misledPairs(table, steps, outcomes),
      difference: tables[table],
    })),
    record,
    spam: spamReport(verdicts, recorded, options.recordMode),
    ...(after && { unheard: { lost: lost.size, drift: after.drift } }),
  };
}

/** How much of the tables and of the record is wrong. */
export function differencesIn({ tables, record }: TrafficResult): number {
  return sizeOfAll(
    byTable((table) => tables[table].difference),
    record,
  );
}

type Compared = {
  tables: Record<Table, Difference>;
  record: RecordDifference;
  recorded: readonly Recorded[];
};

function sizeOfAll(tables: Compared["tables"], { unrecorded, invented }: RecordDifference): number {
  return sizeOf(tables.friends) + sizeOf(tables.blacklist) + unrecorded + invented;
}

function byTable<T>(of: (table: Table) => T): Record<Table, T> {
  return { friends: of("friends"), blacklist: of("blacklist") };
}

/** The tool cannot see the depth of the queue. So it reads the tables until they stop changing. */
async function settled(
  compareNow: () => Promise<Compared>,
  { patienceMs }: { patienceMs: number },
): Promise<Compared> {
  let smallest = Number.POSITIVE_INFINITY;
  let sinceMs = performance.now();
  let equalBefore = false;
  for (;;) {
    // The Worker writes meanwhile. One failed read means nothing.
    const compared = await compareNow().catch(() => pause(READ_AGAIN_AFTER_MS).then(compareNow));
    const size = sizeOfAll(compared.tables, compared.record);
    if (size === 0 && equalBefore) return compared;
    equalBefore = size === 0;
    if (size < smallest) {
      smallest = size;
      sinceMs = performance.now();
    } else if (size > 0 && performance.now() - sinceMs > patienceMs) {
      return compared;
    }
    const waitMs = equalBefore ? CONFIRM_AFTER_MS : READ_AGAIN_AFTER_MS;
    await pause(waitMs);
  }
}

function pause(ms: number): Promise<void> {
  return setTimeout(ms, undefined, { signal: interrupted });
}
