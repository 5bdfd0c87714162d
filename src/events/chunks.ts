const encoder = new TextEncoder();

/** The bytes of a value as JSON. */
export function jsonByteLength(value: unknown): number {
  return encoder.encode(JSON.stringify(value)).length;
}

/** Consecutive chunks of at most so many values and bytes. */
export function chunksWithin<T>(
  values: readonly T[],
  maxValues: number,
  maxBytes: number,
  sizeOf: (value: T) => number,
): T[][] {
  const chunks: T[][] = [];
  let bytes = 0;
  for (const value of values) {
    const size = sizeOf(value);
    const chunk = chunks.at(-1);
    if (chunk === undefined || chunk.length === maxValues || bytes + size > maxBytes) {
      chunks.push([value]);
      bytes = size;
    } else {
      chunk.push(value);
      bytes += size;
    }
  }
  return chunks;
}
