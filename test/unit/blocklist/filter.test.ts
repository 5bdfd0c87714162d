import fc from "fast-check";
import { describe, it } from "vitest";
import {
  type Filter,
  falsePositives,
  hashesOf,
  keysIn,
  makeFilter,
  mayHold,
  NO_FILTER,
  roomOf,
  withKeys,
} from "../../../src/blocklist/filter.ts";
import {
  packFilter,
  packListing,
  unpackFilter,
  unpackListing,
} from "../../../src/blocklist/packed.ts";
import { FILTER_MAX_KEYS } from "../../../src/limits.ts";

const none = new Uint8Array();
const keysNamed = (name: string, count: number) =>
  Array.from({ length: count }, (_, index) => `user:${name}${index}`);
const filterOf = (keys: readonly string[], added: readonly string[] = []) =>
  makeFilter(1, hashesOf(keys), hashesOf(added));
/** Only how many there are counts. */
const someHashes = (count: number) => new Uint8Array(8 * count);
const read = (bytes: Uint8Array) => unpackFilter(bytes.slice().buffer);

/** Which part of the keys that are not in it pass. */
function passing(filter: Filter, keys: readonly string[]): number {
  return keys.filter((key) => mayHold(filter, key)).length / keys.length;
}

describe("a filter of keys", () => {
  it("has every key that was listed, and every one that was added", ({ expect }) => {
    const keys = fc.array(fc.string({ unit: "binary" }), { maxLength: 200 });
    fc.assert(
      fc.property(keys, keys, keys, (listed, meanwhile, later) => {
        const filter = withKeys(filterOf(listed, meanwhile), later);
        for (const key of [...listed, ...meanwhile, ...later]) {
          expect(mayHold(filter, key), key).toBe(true);
        }
      }),
    );
  });

  it.for([
    ["ids that count up", (index: number) => `user:${index}`],
    ["long ids that end alike", (index: number) => `user:${index.toString(36)}-${"x".repeat(60)}`],
    ["pairs", (index: number) => `pair:user${index % 317}:user${Math.floor(index / 317)}`],
    ["addresses", (index: number) => `ip:10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`],
  ] as const)(
    "of 100,000 %s lets less than 15 in 10,000 other keys pass",
    ([, keyOf], { expect }) => {
      const all = Array.from({ length: 200_000 }, (_, index) => keyOf(index));
      const made = filterOf(all.slice(0, 100_000));
      expect(passing(made, all.slice(100_000))).toBeLessThan(0.0015);
      // As full as it may be.
      const full = withKeys(made, keysNamed("full", roomOf(made) - made.keys));
      expect(full.isComplete).toBe(true);
      expect(full.keys).toBeGreaterThan(130_000);
      const rate = passing(full, all.slice(100_000));
      expect(rate).toBeLessThan(0.0015);
      // What it says of itself is so.
      expect(falsePositives(full)).toBeLessThan(0.001);
      expect(Math.abs(rate - falsePositives(full))).toBeLessThan(0.0005);
    },
  );

  it("of nothing lets nothing pass", ({ expect }) => {
    expect(passing(filterOf([]), keysNamed("other", 10_000))).toBe(0);
  });

  it("counts a key once, and a listed one that was added meanwhile, too", ({ expect }) => {
    expect(filterOf(["a:1", "a:2"], ["a:2", "a:3"]).keys).toBe(3);
    expect(withKeys(filterOf(["a:1"]), ["a:1", "a:2"]).keys).toBe(2);
  });

  it("knows keys by the same numbers for ever: stored filters are made of them", ({ expect }) => {
    const hashes = ["", "user:spammer", "pair:alice:bob"].map((key) => hashesOf([key]).toHex());
    expect(hashes).toEqual(["c0415dc9717ae24f", "d0fa4051fd31ec8f", "a368a55ed610d033"]);
  });

  it("sets the same bits for a key for ever", ({ expect }) => {
    const { bits } = filterOf(["user:spammer"]);
    const set = Array.from(bits, (byte, at) => (byte === 0 ? [] : [`${at}:${byte}`])).flat();
    expect(set.join(" ")).toBe(
      "2782:1 3553:32 4325:8 5097:8 5869:64 6642:32 7416:2 8190:8 8965:16 9741:32",
    );
  });

  it("is the same one where it has all of the keys", ({ expect }) => {
    const filter = filterOf(keysNamed("spammer", 10));
    expect(withKeys(filter, keysNamed("spammer", 10))).toBe(filter);
    expect(withKeys(filter, [])).toBe(filter);
  });

  it("leaves the filter that it is made from as it was", ({ expect }) => {
    const filter = filterOf(["a:1"]);
    withKeys(filter, ["a:2"]);
    expect(mayHold(filter, "a:2")).toBe(false);
  });

  it("has room for a quarter more, and for an import of 10,000", ({ expect }) => {
    for (const count of [0, 1, 40_000]) {
      const room = roomOf(filterOf(keysNamed("user", count)));
      expect(room).toBeGreaterThanOrEqual(count * 1.25 + 10_000);
      expect(room).toBeLessThan(count * 1.25 + 10_010);
    }
  });

  it("is incomplete with a key more than it has room for, until it is made anew", ({ expect }) => {
    const filter = filterOf([]);
    const full = withKeys(filter, keysNamed("full", roomOf(filter)));
    expect(full.isComplete).toBe(true);
    const over = withKeys(full, keysNamed("one more", 200));
    expect(over.isComplete).toBe(false);
    // A few of them passed already.
    expect(over.keys).toBeGreaterThan(roomOf(filter));
    expect(keysIn(over.added)).toBe(over.keys);
    // Nor does it say any more which keys it has.
    const later = withKeys(over, ["a:1", "user:full0"]);
    expect(later.isComplete).toBe(false);
    expect(keysIn(later.added)).toBe(over.keys + 2);
    const anew = makeFilter(2, none, later.added);
    expect(anew).toMatchObject({ isComplete: true, madeMs: 2, added: none });
    expect(anew.keys).toBe(later.keys - 1);
    expect(mayHold(anew, "a:1")).toBe(true);
    expect(mayHold(anew, "user:one more199")).toBe(true);
  });

  it("stays incomplete though it has room", ({ expect }) => {
    const incomplete = { ...filterOf(["a:1"]), isComplete: false };
    expect(withKeys(incomplete, ["a:2"])).toMatchObject({ isComplete: false, keys: 2 });
  });

  it("keeps for the next one what is added before there is any", ({ expect }) => {
    const filter = withKeys(NO_FILTER, ["a:1"]);
    expect(filter).toMatchObject({ isComplete: false, madeMs: 0, keys: 1 });
    expect(mayHold(makeFilter(2, none, filter.added), "a:1")).toBe(true);
  });

  it("ends at 2,000,000 keys, and says how many there were", ({ expect }) => {
    const most = makeFilter(1, someHashes(FILTER_MAX_KEYS), none);
    expect(most.isComplete).toBe(true);
    expect(packFilter(most).length).toBeLessThan(5_000_000);
    const over = makeFilter(1, someHashes(FILTER_MAX_KEYS), someHashes(1));
    expect(over).toEqual({ ...NO_FILTER, madeMs: 1, keys: FILTER_MAX_KEYS + 1 });
    const fewer = makeFilter(1, someHashes(FILTER_MAX_KEYS - 1), none);
    expect(withKeys(fewer, ["a:1"])).toMatchObject({ isComplete: true, keys: FILTER_MAX_KEYS });
    const added = withKeys(most, ["a:1"]);
    expect(added).toEqual(over);
    expect(withKeys(added, ["a:2"])).toBe(added);
  });
});

describe("a stored filter", () => {
  const filter = withKeys(filterOf(["a:1", "a:2"]), ["a:3"]);

  it("is read as it was written", ({ expect }) => {
    expect(read(packFilter(filter))).toEqual(filter);
    expect(read(packFilter(NO_FILTER))).toEqual(NO_FILTER);
    const full = withKeys(withKeys(filter, keysNamed("x", roomOf(filter))), ["a:4"]);
    expect(read(packFilter(full))).toEqual(full);
  });

  const header = { version: 1, madeMs: 1, keys: 1, isComplete: true, bits: 8, added: 8 };
  const stored = (said: unknown, bytes = 16) => {
    const text = new TextEncoder().encode(typeof said === "string" ? said : JSON.stringify(said));
    const value = new Uint8Array(4 + text.length + bytes);
    new DataView(value.buffer).setUint32(0, text.length, true);
    value.set(text, 4);
    return value;
  };

  it("is one with these values", ({ expect }) => {
    expect(read(stored(header))).toMatchObject({ keys: 1, madeMs: 1 });
  });

  it.for([
    ["nothing", new Uint8Array()],
    ["three bytes", new Uint8Array(3)],
    ["a rule", new TextEncoder().encode("no spam")],
    ["a length without a header", new Uint8Array([9, 0, 0, 0, 1])],
    ["no JSON", stored("{")],
    ["null", stored("null")],
    ["a number", stored("1")],
    ["no version", stored({ ...header, version: undefined })],
    ["the next version", stored({ ...header, version: 2 })],
    ["a time that is none", stored({ ...header, madeMs: "1" })],
    ["a time before all", stored({ ...header, madeMs: -1 })],
    ["half a key", stored({ ...header, keys: 0.5 })],
    ["no word whether it is complete", stored({ ...header, isComplete: undefined })],
    ["a byte less", stored(header, 15)],
    ["a byte more", stored(header, 17)],
    ["half a key that was added", stored({ ...header, bits: 4, added: 12 })],
    ["bits that are fewer than none", stored({ ...header, bits: -8, added: 24 })],
    ["no bits, though it is complete", stored({ ...header, bits: 0, added: 16 })],
  ] as const)("is none where there is %s", ([, value], { expect }) => {
    expect(read(value)).toBeUndefined();
  });

  it("is none where it is cut off", ({ expect }) => {
    const whole = packFilter(filter);
    for (const length of [whole.length - 1, 100, 4, 1]) {
      expect(read(whole.slice(0, length))).toBeUndefined();
    }
  });
});

describe("a listing", () => {
  const listing = { startedMs: 1, keys: 2, cursor: "next", hashes: hashesOf(["a:1", "a:2"]) };
  const readListing = (bytes: Uint8Array) => unpackListing(bytes.slice().buffer);

  it("is read as it was written", ({ expect }) => {
    expect(keysIn(listing.hashes)).toBe(2);
    expect(readListing(packListing(listing))).toEqual(listing);
    const ended = { ...listing, cursor: undefined, hashes: none };
    expect(readListing(packListing(ended))).toEqual(ended);
  });

  it.for([
    ["has no number of keys", packListing({ ...listing, keys: Number.NaN })],
    ["has no time", packListing({ ...listing, startedMs: Number.NaN })],
    ["is cut off", packListing(listing).slice(0, -1)],
    [
      "is of another version",
      new TextEncoder().encode(
        new TextDecoder().decode(packListing({ ...listing, hashes: none })).replace("1", "2"),
      ),
    ],
    ["is a filter", packFilter(filterOf(["a:1"]))],
    ["is empty", new Uint8Array()],
  ] as const)("is begun anew where it %s", ([, value], { expect }) => {
    expect(readListing(value)).toBeUndefined();
  });
});
