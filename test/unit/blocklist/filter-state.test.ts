import { describe, it } from "vitest";
import { hashesOf, makeFilter, NO_FILTER } from "../../../src/blocklist/filter.ts";
import {
  intervalMs,
  isDue,
  listsFor,
  oldestMs,
  stateOf,
} from "../../../src/blocklist/filter-state.ts";
import { FILTER_LISTS_PER_DAY, FILTER_MAX_KEYS } from "../../../src/limits.ts";

const MINUTE_MS = 60_000;
const MADE_MS = 1_800_000_000_000;
const filter = makeFilter(MADE_MS, hashesOf(["a:1"]), new Uint8Array());
const aged = (minutes: number) => MADE_MS + minutes * MINUTE_MS;

describe("what can be said of a filter", () => {
  it.for([
    ["ready", "as soon as it is made", filter, aged(0)],
    ["ready", "a minute before, by another clock", filter, aged(-1)],
    ["old", "from further in the future", filter, aged(-1) - 1],
    ["ready", "16 minutes and a quarter", filter, aged(16.25)],
    ["old", "a moment later", filter, aged(16.25) + 1],
    ["missing", "where there is none", "missing", aged(0)],
    ["unreadable", "where it cannot be read", "unreadable", aged(0)],
    ["missing", "where keys came before the first listing", NO_FILTER, aged(0)],
    ["incomplete", "with too many keys for it", { ...filter, isComplete: false }, aged(0)],
    ["ready", "with as many keys as there may be", { ...filter, keys: FILTER_MAX_KEYS }, aged(0)],
    ["too-many-keys", "beyond the bound", { ...filter, keys: FILTER_MAX_KEYS + 1 }, aged(0)],
  ] as const)("is %s %s", ([state, , read, nowMs], { expect }) => {
    expect(stateOf(read, nowMs)).toBe(state);
  });

  it.for([
    [true, "where there is none", "missing", aged(0)],
    [true, "where it cannot be read", "unreadable", aged(0)],
    [true, "before the first listing", NO_FILTER, aged(0)],
    [false, "for five minutes", filter, aged(5) - 1],
    [true, "from then on", filter, aged(5)],
    [false, "a minute before it was made", filter, aged(-1)],
    [true, "further before", filter, aged(-1) - 1],
    // Else an import in many steps would have everything listed every minute.
    [false, "because it is incomplete", { ...filter, isComplete: false }, aged(4)],
  ] as const)("is %s that it is due %s", ([due, , read, nowMs], { expect }) => {
    expect(isDue(read, nowMs)).toBe(due);
  });
});

describe("how often keys are listed", () => {
  it.for([
    [0, 1, 5],
    [1_000, 1, 5],
    [1_001, 2, 5],
    [69_000, 69, 5],
    [100_000, 100, 7.2],
    [1_000_000, 1_000, 72],
    [FILTER_MAX_KEYS, 2_000, 144],
  ] as const)("%i keys: %i lists, every %d minutes", ([keys, lists, minutes], { expect }) => {
    expect(listsFor(keys)).toBe(lists);
    expect(intervalMs(keys)).toBe(minutes * MINUTE_MS);
    expect(oldestMs(keys)).toBe((minutes * 1.25 + 10) * MINUTE_MS);
    const listsADay = (lists * 24 * 60) / minutes;
    expect(listsADay).toBeLessThanOrEqual(FILTER_LISTS_PER_DAY);
  });
});
