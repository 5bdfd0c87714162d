import {
  FILTER_INTERVAL_MIN_MS,
  FILTER_LATE,
  FILTER_LATE_MS,
  FILTER_LISTS_PER_DAY,
  FILTER_MAX_KEYS,
  KV_LIST_MAX_KEYS,
} from "../limits.ts";
import type { Filter } from "./filter.ts";

const DAY_MS = 24 * 3_600 * 1_000;
/** Clocks differ by less. */
const AHEAD_MAX_MS = 60_000;

/**
 * - `ready`: keys that it does not have are not read
 * - `incomplete`: more keys were added than it has room for
 * - `old`: no listing has come for too long
 *
 * In every state but the first, keys are read as without a filter.
 */
export const FILTER_STATES = [
  "ready",
  "missing",
  "unreadable",
  "incomplete",
  "too-many-keys",
  "old",
] as const;
export type FilterState = (typeof FILTER_STATES)[number];

export type FilterRead = Filter | "missing" | "unreadable";

export function stateOf(read: FilterRead, nowMs: number): FilterState {
  if (typeof read === "string") return read;
  const { madeMs, keys, isComplete } = read;
  // Keys were added before the first listing.
  if (madeMs === 0) return "missing";
  if (keys > FILTER_MAX_KEYS) return "too-many-keys";
  if (!isComplete) return "incomplete";
  const ageMs = nowMs - madeMs;
  return ageMs < -AHEAD_MAX_MS || ageMs > oldestMs(keys) ? "old" : "ready";
}

/** Whether it is time to list the keys once more. */
export function isDue(read: FilterRead, nowMs: number): boolean {
  if (typeof read === "string") return true;
  const ageMs = nowMs - read.madeMs;
  return ageMs < -AHEAD_MAX_MS || ageMs >= intervalMs(read.keys);
}

/** How many list operations a listing takes. */
export function listsFor(keys: number): number {
  return Math.max(1, Math.ceil(keys / KV_LIST_MAX_KEYS));
}

/** How often keys are listed: the more there are, the less often. */
export function intervalMs(keys: number): number {
  return Math.max(FILTER_INTERVAL_MIN_MS, (listsFor(keys) * DAY_MS) / FILTER_LISTS_PER_DAY);
}

/** The age up to which a filter is used. By then every rule counts, however it was stored. */
export function oldestMs(keys: number): number {
  return intervalMs(keys) * FILTER_LATE + FILTER_LATE_MS;
}
