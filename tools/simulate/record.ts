import type { Verdict } from "./verdicts.ts";

/** The answers that the Worker records: RECORD_RESPONSES. */
export const RECORD_MODES = ["all", "blocked", "none"] as const;
export type RecordMode = (typeof RECORD_MODES)[number];

type Item = Pick<Verdict, "type" | "applicantId" | "responderId">;

/** What the record says about an item. */
export type Recorded = Item & {
  /** When it was answered. */
  atMs: number;
  code: number;
  /** A rule or a limit would have refused it, but it only observes. */
  isObserved: boolean;
};

export type RecordDifference = {
  /** How many answers are in the record. */
  recorded: number;
  /** Answered, but not in the record. */
  unrecorded: number;
  /** In the record, but never answered like this. */
  invented: number;
};

/**
 * Where the record differs from the answers. If an answer was late or failed, the record may have it or not.
 */
export function compareRecord(
  verdicts: readonly Verdict[],
  recorded: readonly Recorded[],
  mode: RecordMode,
): RecordDifference {
  const unsure = new Set(verdicts.filter(({ code }) => code === undefined).map(itemKey));
  const isCompared = (item: Item) => !unsure.has(itemKey(item));
  const expected = verdicts.filter(
    (verdict) =>
      isCompared(verdict) && (mode === "all" || (mode === "blocked" && verdict.code !== 0)),
  );
  // The record has what a rule only observes. No reply tells about it.
  const known = recorded.filter(
    (item) => isCompared(item) && !(mode === "blocked" && item.isObserved),
  );
  const [answers, records] = [counted(expected), counted(known)];
  return {
    recorded: recorded.length,
    unrecorded: excess(answers, records),
    invented: excess(records, answers),
  };
}

function itemKey({ type, applicantId, responderId }: Item): string {
  return JSON.stringify([type, applicantId, responderId]);
}

function counted(items: readonly (Item & { code: number | undefined })[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) {
    const key = `${item.code} ${itemKey(item)}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return counts;
}

/** How many more of each the first has. */
function excess(more: ReadonlyMap<string, number>, than: ReadonlyMap<string, number>): number {
  return [...more].reduce(
    (sum, [key, count]) => sum + Math.max(0, count - (than.get(key) ?? 0)),
    0,
  );
}
