import {
  FILTER_BITS_PER_KEY,
  FILTER_BITS_SET,
  FILTER_HEADROOM,
  FILTER_HEADROOM_KEYS,
  FILTER_MAX_KEYS,
} from "../limits.ts";

/**
 * A Bloom filter: it tells which keys may hold a rule, of any kind. If it does not have a key, there is
 * surely no rule under it. Of a thousand keys without a rule it seems to have less than one.
 */
export type Filter = {
  /** When the listing of the keys began, in milliseconds since the epoch. */
  madeMs: number;
  keys: number;
  /** Whether it has all of them. A filter that is not complete says nothing about any key. */
  isComplete: boolean;
  bits: Uint8Array;
  /**
   * The hashes of the keys that were added since. A listing that was under way may not have seen these keys,
   * so the next filter gets them, too.
   */
  added: Uint8Array;
};

/** Nothing is known yet. */
export const NO_FILTER: Filter = {
  ...{ madeMs: 0, keys: 0, isComplete: false },
  ...{ bits: new Uint8Array(), added: new Uint8Array() },
};

/** Two numbers of 32 bits stand for a key. */
const HASH_BYTES = 8;

/** A filter of the keys that were listed, and of the keys that the filter before got meanwhile. */
export function makeFilter(madeMs: number, listed: Uint8Array, added: Uint8Array): Filter {
  const most = keysIn(listed) + keysIn(added);
  if (most > FILTER_MAX_KEYS) return tooMany(madeMs, most);
  const room = Math.ceil(most * FILTER_HEADROOM) + FILTER_HEADROOM_KEYS;
  const bits = new Uint8Array(Math.ceil((room * FILTER_BITS_PER_KEY) / 8));
  let keys = 0;
  for (const hashes of [listed, added]) {
    for (const hash of hashesIn(hashes)) {
      if (hashes === listed || !isSet(bits, hash)) keys += 1;
      set(bits, hash);
    }
  }
  return { madeMs, keys, isComplete: true, bits, added: new Uint8Array() };
}

/** The filter with these keys in it. It is the same object if it has them all. */
export function withKeys(filter: Filter, keys: readonly string[]): Filter {
  if (filter.keys > FILTER_MAX_KEYS) return filter;
  const fresh = filter.isComplete ? keys.filter((key) => !mayHold(filter, key)) : keys;
  if (fresh.length === 0) return filter;
  const total = filter.keys + fresh.length;
  if (total > FILTER_MAX_KEYS) return tooMany(filter.madeMs, total);
  const hashes = hashesOf(fresh);
  const bits = filter.bits.slice();
  if (filter.isComplete) for (const hash of hashesIn(hashes)) set(bits, hash);
  return {
    ...{ madeMs: filter.madeMs, keys: total, bits },
    isComplete: filter.isComplete && total <= roomOf(filter),
    added: joined([filter.added, hashes]),
  };
}

/** Whether there may be a rule under a key, for a filter that is complete. */
export function mayHold({ bits }: Filter, key: string): boolean {
  return isSet(bits, hashOf(key));
}

/** So many keys are not kept in a filter. They are read as without one. */
function tooMany(madeMs: number, keys: number): Filter {
  return { ...NO_FILTER, madeMs, keys };
}

/** How many keys it takes. */
export function roomOf({ bits }: Filter): number {
  return Math.floor((bits.length * 8) / FILTER_BITS_PER_KEY);
}

/** The share of keys without a rule that the filter seems to have. */
export function falsePositives({ keys, bits }: Filter): number {
  return (1 - Math.exp((-FILTER_BITS_SET * keys) / (bits.length * 8))) ** FILTER_BITS_SET;
}

/** How many keys these hashes stand for. */
export function keysIn(hashes: Uint8Array): number {
  return hashes.length / HASH_BYTES;
}

/** Two numbers for each key, one after the other. */
export function hashesOf(keys: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(keys.length * HASH_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [at, key] of keys.entries()) {
    const [one, other] = hashOf(key);
    view.setUint32(at * HASH_BYTES, one, true);
    view.setUint32(at * HASH_BYTES + 4, other, true);
  }
  return bytes;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

type Hash = readonly [one: number, other: number];

/**
 * Two numbers that do not depend on each other. Stored filters are made of them, so another hash is another
 * version (packed.ts).
 */
function hashOf(key: string): Hash {
  let one = 0x9e3779b9;
  let other = 0x7f4a7c15;
  for (let at = 0; at < key.length; at += 1) {
    const unit = key.charCodeAt(at);
    one = Math.imul(one ^ unit, 0x85ebca6b);
    one ^= one >>> 13;
    other = Math.imul(other ^ unit, 0xc2b2ae35);
    other ^= other >>> 15;
  }
  return [mixed(one, other), mixed(other, one)];
}

/** Each bit of the result depends on every bit of the first number, and on some of the second. */
function mixed(first: number, second: number): number {
  let number = first ^ Math.imul(second, 0x27d4eb2f);
  number = Math.imul(number ^ (number >>> 16), 0x85ebca6b);
  number = Math.imul(number ^ (number >>> 13), 0xc2b2ae35);
  return (number ^ (number >>> 16)) >>> 0;
}

function* hashesIn(bytes: Uint8Array): Generator<Hash> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length; at += HASH_BYTES) {
    yield [view.getUint32(at, true), view.getUint32(at + 4, true)];
  }
}

function isSet(bits: Uint8Array, hash: Hash): boolean {
  return everyBit(bits, hash, (byte, mask) => ((bits[byte] ?? 0) & mask) !== 0);
}

function set(bits: Uint8Array, hash: Hash): void {
  everyBit(bits, hash, (byte, mask) => {
    bits[byte] = (bits[byte] ?? 0) | mask;
    return true;
  });
}

/** Goes from bit to bit by steps that grow. With equal steps, keys would share bits more often. */
function everyBit(
  { length }: Uint8Array,
  [one, other]: Hash,
  visit: (byte: number, mask: number) => boolean,
): boolean {
  const count = length * 8;
  let bit = one % count;
  let step = other % count;
  for (let nth = 1; nth <= FILTER_BITS_SET; nth += 1) {
    if (!visit(bit >>> 3, 1 << (bit & 7))) return false;
    bit = (bit + step) % count;
    step = (step + nth) % count;
  }
  return true;
}
