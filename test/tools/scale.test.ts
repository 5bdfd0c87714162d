import { describe, it } from "vitest";
import { type Costs, LOAD, type Load, RECORD_MODES, scaleOf } from "../../bench/scale.ts";

/** Costs that can be reckoned with by hand. */
const COSTS: Costs = {
  question: {
    ...{ kvOperations: 1, keysRead: 3, queueOperations: 3 },
    ...{ statements: 1, rowsRead: 2, rowsWritten: 1 },
  },
  change: {
    ...{ kvOperations: 0, keysRead: 0, queueOperations: 3 },
    ...{ statements: 1, rowsRead: 2, rowsWritten: 1 },
  },
  bytesPerRow: { friendship: 100, response: 200, "refused response": 300, request: 150 },
  maxBatchSize: 100,
};

/** Ten callbacks a second, of which three are changes of one pair. */
const SMALL: Load = {
  users: 1,
  friendships: 1_000_000,
  requestsPerDay: 3 * 86_400,
  responsesPerDay: 4 * 86_400,
  additionsPerDay: 2 * 86_400,
  deletionsPerDay: 86_400,
  pairsPerChange: 1,
  refusedShare: 0.1,
  peakFactor: 2,
  tombstoneDays: 10,
  recordDays: 5,
};

describe("what a load asks of the platform", () => {
  it("is what can be reckoned by hand", ({ expect }) => {
    expect(scaleOf(SMALL, "all", COSTS)).toMatchObject({
      callbacksPerSecond: 10,
      callbacksAtPeak: 20,
      kvReadsAtPeak: 14,
      kvKeysAtPeak: 42,
      messagesAtPeak: 20,
      batchesAtPeak: 0.2,
      pairsAtPeak: 6,
      tombstones: 864_000,
      friendsBytes: 186_400_000,
      databases: 1,
      recordBytes: 5 * 7 * 86_400 * (0.9 * 200 + 0.1 * 300),
    });
  });

  it("is less where only what is refused is recorded", ({ expect }) => {
    expect(scaleOf(SMALL, "blocked", COSTS)).toMatchObject({
      messagesPerSecond: 3.7,
      records: 60_480,
      recordBytes: 5 * 60_480 * 300,
    });
  });

  it("has a table for each database that is half full with the largest share", ({ expect }) => {
    const withFriendships = (friendships: number) =>
      scaleOf({ ...SMALL, friendships, deletionsPerDay: 0 }, "all", COSTS).databases;
    // Of 5 GB, each 1.1 of its share.
    expect(withFriendships(45_000_000)).toBe(1);
    expect(withFriendships(46_000_000)).toBe(2);
  });

  it.for(RECORD_MODES)("is written once and removed once, with %s", (mode, { expect }) => {
    const { dollars } = scaleOf({ ...SMALL, additionsPerDay: 0 }, mode, COSTS);
    expect(dollars.removed).toBeCloseTo(dollars.written);
  });
});

it("the load that is assumed has a hundred million callbacks a day", ({ expect }) => {
  const { requestsPerDay, responsesPerDay, additionsPerDay, deletionsPerDay } = LOAD;
  expect(requestsPerDay + responsesPerDay + additionsPerDay + deletionsPerDay).toBe(100_000_000);
});
