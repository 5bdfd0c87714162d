import { type Filter, joined } from "./filter.ts";

/** These are not keys of rules: those have a colon. */
export const FILTER_KEY = "filter";
export const LISTING_KEY = "filter-listing";

/** Whether a key of the namespace belongs to the filter, and not to a rule. */
export function isFilterKey(key: string): boolean {
  return key === FILTER_KEY || key === LISTING_KEY;
}

/** How far the last listing of all keys has come. A finished one has no cursor and no hashes. */
export type Listing = {
  startedMs: number;
  keys: number;
  cursor: string | undefined;
  hashes: Uint8Array;
};

/** How values are packed, and how keys are hashed. A value of another version is not read. */
const VERSION = 1;

/** A filter as it is stored: the length of a header, the header as JSON, and then the bytes. */
export function packFilter({ madeMs, keys, isComplete, bits, added }: Filter): Uint8Array {
  const lengths = { bits: bits.length, added: added.length };
  return pack({ version: VERSION, madeMs, keys, isComplete, ...lengths }, [bits, added]);
}

/** Undefined if it is no filter, or one of another version. */
export function unpackFilter(stored: ArrayBuffer): Filter | undefined {
  const { header, bytes } = unpack(stored) ?? {};
  if (header === undefined || bytes === undefined) return undefined;
  const { version, madeMs, keys, isComplete, bits, added } = header;
  if (version !== VERSION || typeof isComplete !== "boolean") return undefined;
  if (!isCount(madeMs) || !isCount(keys) || !isCount(bits) || !isCount(added)) return undefined;
  if (bits + added !== bytes.length || added % 8 !== 0) return undefined;
  if (isComplete && bits === 0) return undefined;
  const parts = { bits: bytes.subarray(0, bits), added: bytes.subarray(bits) };
  return { madeMs, keys, isComplete, ...parts };
}

export function packListing({ startedMs, keys, cursor, hashes }: Listing): Uint8Array {
  return pack({ version: VERSION, startedMs, keys, cursor }, [hashes]);
}

export function unpackListing(stored: ArrayBuffer): Listing | undefined {
  const { header, bytes } = unpack(stored) ?? {};
  if (header === undefined || bytes === undefined) return undefined;
  const { version, startedMs, keys, cursor } = header;
  if (version !== VERSION || !isCount(startedMs) || !isCount(keys)) return undefined;
  if (bytes.length % 8 !== 0) return undefined;
  return {
    ...{ startedMs, keys, hashes: bytes },
    cursor: typeof cursor === "string" ? cursor : undefined,
  };
}

function pack(header: object, parts: readonly Uint8Array[]): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, text.length, true);
  return joined([length, text, ...parts]);
}

function unpack(stored: ArrayBuffer) {
  try {
    const length = new DataView(stored).getUint32(0, true);
    const text = new TextDecoder().decode(new Uint8Array(stored, 4, length));
    const header: unknown = JSON.parse(text);
    if (typeof header !== "object" || header === null) return undefined;
    return { header: header as Record<string, unknown>, bytes: new Uint8Array(stored, 4 + length) };
  } catch {
    // It is shorter than it says, or no JSON.
    return undefined;
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
