import fc from "fast-check";
import { describe, it } from "vitest";
import { SLOTS } from "../../src/limits.ts";
import { formatSlotMap, parseSlotMap, slotOf } from "../../src/slots.ts";
import { seededRandom } from "../support/random.ts";

const USERS = 100_000;
const random = seededRandom(1);
const hex = (digits: number) =>
  Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join("");

const IDS: Record<string, (index: number) => string> = {
  "that count up": (index) => String(index + 1),
  "that count up from a million by seven": (index) => String(1_000_000 + 7 * index),
  "with a common prefix": (index) => `app-prod-user-${index}`,
  "with a common end": (index) => `${index}@im.example.com`,
  "with leading zeros": (index) => String(index).padStart(16, "0"),
  "that are UUIDs": () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  "in another script": (index) => `用户${index}`,
};

describe("a slot", () => {
  it.for([
    ["alice", 936],
    ["bob", 997],
    ["1", 340],
    ["用户", 41],
    ["😀", 426],
  ] as const)("of %s stays as it is for ever", ([userId, slot], { expect }) => {
    expect(slotOf(userId)).toBe(slot);
  });

  it("is the same for an id as the database gives it back", ({ expect }) => {
    expect(slotOf("a\ud800")).toBe(slotOf("a\ufffd"));
  });

  describe.for(Object.entries(IDS))("of ids %s", ([, idOf]) => {
    it.for([2, 3, 8, 32])(
      "gives each of %i databases its share, within 10 %%",
      (databases, { expect }) => {
        const counts = new Array<number>(databases).fill(0);
        for (let index = 0; index < USERS; index++) {
          const database = Math.floor((slotOf(idOf(index)) * databases) / SLOTS);
          counts[database] = (counts[database] ?? 0) + 1;
        }
        const share = USERS / databases;
        expect(Math.max(...counts)).toBeLessThan(share * 1.1);
        expect(Math.min(...counts)).toBeGreaterThan(share * 0.9);
      },
    );
  });
});

describe("a slot map", () => {
  it.for([
    ["DB 0-1023", [{ database: "DB", first: 0, last: 1_023 }]],
    [
      " DB_2   512-1023 ,DB 0-511",
      [
        { database: "DB", first: 0, last: 511 },
        { database: "DB_2", first: 512, last: 1_023 },
      ],
    ],
    [
      "DB 0, DB_2 1-1022, DB 1023",
      [
        { database: "DB", first: 0, last: 0 },
        { database: "DB_2", first: 1, last: 1_022 },
        { database: "DB", first: 1_023, last: 1_023 },
      ],
    ],
  ] as const)("%s is read", ([text, ranges], { expect }) => {
    expect(parseSlotMap(text)).toEqual(ranges);
  });

  it.for([
    ["", "must be a list such as DB 0-511, DB_2 512-1023"],
    ["DB", "must be a list such as DB 0-511, DB_2 512-1023"],
    ["DB 0-511; DB_2 512-1023", "must be a list such as DB 0-511, DB_2 512-1023"],
    ["RECORDS 0-1023", "must be a list such as DB 0-511, DB_2 512-1023"],
    ["BLOCKLIST 0-1023", "must be a list such as DB 0-511, DB_2 512-1023"],
    ["DB 0-1023,", "must be a list such as DB 0-511, DB_2 512-1023"],
    ["DB 0-510, DB_2 512-1023", "gives slot 511 to no database"],
    ["DB 1-1023", "gives slot 0 to no database"],
    ["DB 0-512, DB_2 512-1023", "gives slot 512 to two databases"],
    ["DB 0-1023, DB_2 7", "gives slot 7 to two databases"],
    ["DB 511-0, DB_2 512-1023", "has a range from 511 down to 0"],
    ["DB 0-1000", "gives slot 1001 to no database"],
    ["DB 0-1024", "goes beyond slot 1023"],
    ["DB 0-1023, DB_2 1024-2047", "goes beyond slot 1023"],
  ] as const)("%s is refused: it %s", ([text, problem], { expect }) => {
    expect(parseSlotMap(text)).toBe(problem);
  });

  it("is written so that it is read as the same", ({ expect }) => {
    const names = fc.constantFrom("DB", "DB_2", "DB_x3");
    fc.assert(
      fc.property(fc.array(names, { minLength: SLOTS, maxLength: SLOTS }), (bySlot) => {
        const ranges = parseSlotMap(formatSlotMap((slot) => bySlot[slot] as string));
        if (typeof ranges === "string") throw new Error(ranges);
        const read = ranges.flatMap(({ database, first, last }) =>
          new Array<string>(last - first + 1).fill(database),
        );
        expect(read).toEqual(bySlot);
      }),
      { numRuns: 50 },
    );
  });
});
