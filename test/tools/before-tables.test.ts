import { describe, it } from "vitest";
import type { Results } from "../../bench/results.ts";
import { tablesOf } from "../../bench/tables.ts";

const conditions = { date: "2026-11-26", processors: "", versions: {}, before: "7b5b932" };
const same: [number, number] = [1, 1];
const count = { kvOperations: 1, keysRead: 3, queueOperations: 3, statements: 1, rowsWritten: 1 };
const sizes = { contributors: [], alternatives: [] };

/** One figure of each, and what was before. */
const results = {
  counts: {
    ...conditions,
    result: [
      {
        kind: "friend response",
        size: 1,
        ...{ ...count, rowsRead: 1, dollarsPerMillion: 3 },
        before: { ...count, rowsRead: 2, dollarsPerMillion: 4 },
      },
    ],
  },
  edge: {
    ...conditions,
    result: [
      {
        workload: "friend added, 1",
        contenders: [
          { name: "friendgate", perSecond: 900, spread: same, cpuMicroseconds: 110 },
          { name: "before", perSecond: 700, spread: same, cpuMicroseconds: 140 },
          { name: "floor", perSecond: 1_000, spread: same, cpuMicroseconds: 100 },
        ],
        ...{ ofFloor: 0.9, ofFloorByCpu: 0.91 },
        checking: { ofFloor: 0.95, ofFloorByCpu: 0.96 },
        before: { ofFloor: 0.7, ofFloorByCpu: 0.71 },
      },
    ],
  },
  peers: {
    ...conditions,
    result: [
      {
        workload: "friend added, 1",
        contenders: [
          { name: "friendgate", cpuMicroseconds: 40, spread: same, p50: 20, p99: 50 },
          { name: "before", cpuMicroseconds: 60, spread: same, p50: 30, p99: 70 },
        ],
      },
    ],
  },
  startup: {
    ...conditions,
    result: {
      ...{ kib: 180, gzipKib: 60, evaluated: { kib: 50, gzipKib: 20 }, startMs: 4, ...sizes },
      before: { kib: 110, gzipKib: 38, evaluated: { kib: 109, gzipKib: 37 }, startMs: 9 },
    },
  },
  soak: {
    ...conditions,
    result: {
      ...{ callbacks: 200, earlyMib: 400, lateMib: 410 },
      control: { callbacks: 200, earlyMib: 600, lateMib: 610 },
      before: { callbacks: 200, earlyMib: 500, lateMib: 510 },
    },
  },
} satisfies Results;

describe("the tables of the benchmark, where an older product was measured, too", () => {
  it.for([
    ["counts", ["… before (7b5b932) | 1 | 1 | 3 | 3 | 1 | 2 | 1 | 4.00"]],
    ["edge", ["friend added, 1 | before (7b5b932) | 700 | +0 % … +0 % | 140 | 0.70 | 0.71"]],
    ["peers", ["friend added, 1 | before (7b5b932) | 60 | +0 % … +0 % | 30 | 70"]],
    [
      "startup",
      [
        "before (7b5b932), evaluated at the start | 109.0 | 37.0",
        "before (7b5b932), all of it | 110.0 | 38.0",
        "before (7b5b932) | 9",
      ],
    ],
    ["soak", ["before (7b5b932) | 200 | 500 | 510"]],
  ] as const)("have rows for it: %s", ([part, expected], { expect }) => {
    const rows = tablesOf(part, results).flatMap((table) => table.rows);
    const older = rows.map((row) => row.join(" | ")).filter((row) => row.includes("before"));
    expect(older).toEqual(expected);
    expect(rows.length).toBeGreaterThan(older.length);
  });
});
