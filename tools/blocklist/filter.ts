import { falsePositives, hashesOf, makeFilter, mayHold } from "../../src/blocklist/filter.ts";
import {
  type FilterRead,
  type FilterState,
  intervalMs,
  listsFor,
  oldestMs,
  stateOf,
} from "../../src/blocklist/filter-state.ts";
import { readFilter } from "../../src/blocklist/filter-store.ts";
import { FILTER_KEY, packFilter } from "../../src/blocklist/packed.ts";
import { durationText } from "../lib/duration.ts";
import type { Storage } from "../lib/storage.ts";
import { filterStore } from "./filter-store.ts";
import { listKeys } from "./kv.ts";

export type FilterReport = {
  state: FilterState;
  ageSeconds: number | null;
  keys: number | null;
  bytes: number | null;
  /** So many of a million keys without a rule are still read. */
  falsePositivesPerMillion: number | null;
  /** How many list operations the next listing takes, and how often there is one. */
  lists: number;
  intervalSeconds: number;
};

export async function reportOn(storage: Storage): Promise<FilterReport> {
  return reportOf(await readFilter(filterStore(storage)), Date.now());
}

function reportOf(read: FilterRead, nowMs: number): FilterReport {
  const state = stateOf(read, nowMs);
  const filter = typeof read === "string" || state === "missing" ? undefined : read;
  const keys = filter?.keys ?? 0;
  return {
    state,
    ageSeconds: filter ? Math.max(0, Math.floor((nowMs - filter.madeMs) / 1_000)) : null,
    keys: filter ? keys : null,
    bytes: filter ? packFilter(filter).length : null,
    falsePositivesPerMillion: filter?.isComplete
      ? Math.round(falsePositives(filter) * 1_000_000)
      : null,
    lists: listsFor(keys),
    intervalSeconds: intervalMs(keys) / 1_000,
  };
}

const WORDS: Record<FilterState, string> = {
  ready: "in use: keys that it does not have are not read",
  missing: "there is none yet",
  unreadable: "it cannot be read, or another version wrote it",
  incomplete: "more rules were added than it has room for",
  "too-many-keys": "there are more rules than a filter takes",
  old: "it is too old: does its cron run?",
};

export function reportLines(report: FilterReport): string[] {
  const { state, ageSeconds, keys, bytes, falsePositivesPerMillion, lists } = report;
  const more = state === "ready" ? "" : "; all keys are read, as without a filter";
  return [
    `${WORDS[state]}${more}`,
    ...(ageSeconds === null
      ? []
      : [`${keys} keys in ${bytes} bytes, listed ${durationText(ageSeconds * 1_000)} ago`]),
    ...(falsePositivesPerMillion === null
      ? []
      : [`of a million other keys, ${falsePositivesPerMillion} are read for nothing`]),
    `listed every ${durationText(report.intervalSeconds * 1_000)}, by ${lists} list operations`,
  ];
}

/** Makes the filter again from what is stored now. Keys that were added meanwhile stay in it. */
export async function rebuild(storage: Storage): Promise<void> {
  const store = filterStore(storage);
  const nowMs = Date.now();
  const keys = (await listKeys(storage)).map(({ name }) => name);
  const before = await readFilter(store);
  const added = typeof before === "string" ? new Uint8Array() : before.added;
  await store.put(FILTER_KEY, packFilter(makeFilter(nowMs, hashesOf(keys), added)));
}

/** The rules that the Worker does not read yet, and how long that may take. */
export async function hiddenRules(storage: Storage, keys: readonly string[]) {
  const read = await readFilter(filterStore(storage));
  if (typeof read === "string" || stateOf(read, Date.now()) !== "ready") return [];
  const within = durationText(oldestMs(read.keys));
  return keys.filter((key) => !mayHold(read, key)).map((key) => ({ key, within }));
}
