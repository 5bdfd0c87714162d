const encoder = new TextEncoder();

/** Leaves room for the rest of an id in the 32 bytes that the documents allow. */
const PREFIX = /^[a-z0-9]{1,12}$/;

export const PREFIX_RULE = "1 to 12 small letters and digits";

export function isPrefix(text: string): boolean {
  return PREFIX.test(text);
}

/** The shapes of ids. A key, a URL, a statement or a shell could read them as something else. */
const SHAPES: ((prefix: string, n: number) => string)[] = [
  (prefix, n) => `${prefix}${n}`,
  (prefix, n) => `${prefix}:${n}:x`,
  (prefix, n) => `${prefix} ${n} x`,
  (prefix, n) => `${prefix}administrator${n}`,
  (prefix, n) => `${prefix}@TLS#${n}`,
  (prefix, n) => `${prefix}小明${n}`,
  (prefix, n) => `${prefix}%2F${n}/?&=+`,
  (prefix, n) => `${prefix}'"\\${n}`,
];

/** So many different UserIDs. They have every shape that must reach the table unchanged. */
export function people(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, n) => {
    const id = (SHAPES[n % SHAPES.length] as (typeof SHAPES)[number])(prefix, n);
    if (encoder.encode(id).length > 32) throw new RangeError("more users than ids of 32 bytes");
    return id;
  });
}
