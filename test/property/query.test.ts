import fc from "fast-check";
import { afterEach, describe, it, vi } from "vitest";
import { callbackParameters } from "../../src/tencent/url.ts";

const NAMES = [
  ...["SdkAppid", "CallbackCommand", "contenttype", "ClientIP"],
  ...["OptPlatform", "RequestTime", "Sign", "RequestId"],
];

afterEach(() => vi.restoreAllMocks());

/** A character as it is, or as its bytes; a blank also as forms have it. */
const spelt = (text: string, odds: readonly number[]) =>
  [...text]
    .map((character, index) => {
      const odd = odds[index % odds.length] ?? 0;
      if (character === " " && odd === 0) return "+";
      const isPlain = /[\w.~-]/.test(character);
      if (isPlain && odd < 2) return character;
      return [...new TextEncoder().encode(character)]
        .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
        .map((hex) => (odd === 1 ? hex : hex.toUpperCase()))
        .join("");
    })
    .join("");

const odds = fc.array(fc.nat(2), { minLength: 1, maxLength: 5 });
const known = fc
  .record({ name: fc.constantFrom(...NAMES), isUpper: fc.array(fc.boolean(), { minLength: 15 }) })
  .map(({ name, isUpper }) =>
    [...name].map((c, n) => (isUpper[n] ? c.toUpperCase() : c.toLowerCase())).join(""),
  );
const text = fc.string({ unit: "grapheme", maxLength: 6 });
const mixed = fc.oneof(text, fc.string({ unit: fc.constantFrom(..."+%=&?#; a\0é"), maxLength: 6 }));
const pair = fc
  .record({ name: fc.oneof(known, mixed), value: fc.option(mixed), odds })
  .map(({ name, value, odds }) => {
    const spelling = spelt(name, odds);
    return value === null ? spelling : `${spelling}=${spelt(value, odds)}`;
  });
const query = fc.array(fc.oneof(pair, fc.constantFrom("", "=", "==")), { maxLength: 8 });

/** The same by the platform's own reader. */
function modelOf(url: string): Record<string, string | string[]> {
  const found = new Map<string, string[]>();
  for (const [name, value] of new URL(url).searchParams) {
    const official = NAMES.find((each) => each.toLowerCase() === name.toLowerCase());
    if (official !== undefined) found.set(official, [...(found.get(official) ?? []), value]);
  }
  return Object.fromEntries(
    [...found].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]),
  );
}

describe("the query of a callback", () => {
  it("is read as the platform reads it, its names in any case", ({ expect }) => {
    fc.assert(
      fc.property(query, (pairs) => {
        const url = new Request(`https://edge.example/?${pairs.join("&")}`).url;
        const model = modelOf(url);
        const isAmbiguous = ["SdkAppid", "RequestTime", "Sign"].some((name) =>
          Array.isArray(model[name]),
        );
        const { success, data } = callbackParameters.safeParse(url);
        expect(success).toBe(!isAmbiguous);
        if (success) expect(data).toEqual(model);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is read in steps that grow with its length, and not with its square", ({ expect }) => {
    const copying = (["flat", "concat", "slice"] as const).map((name) =>
      vi.spyOn(Array.prototype, name),
    );
    const { data, error } = callbackParameters.safeParse(
      `https://edge.example/?${"ClientIP=1&".repeat(10_000)}`,
    );
    for (const copy of copying) expect(copy).not.toHaveBeenCalled();
    expect(error).toBeUndefined();
    expect(data?.ClientIP).toHaveLength(10_000);
  });
});
