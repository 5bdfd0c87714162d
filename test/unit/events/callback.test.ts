import fc from "fast-check";
import { describe, it } from "vitest";
import { bytesOf, textOf } from "../../../src/events/callback.ts";
import { parseMessage } from "../../../src/events/messages.ts";
import { keptCallback } from "../../support/backend.ts";

const encode = (text: string) => new TextEncoder().encode(text);

describe("a kept body", () => {
  it("gives back the same bytes, whatever they are", ({ expect }) => {
    const bytes = fc.oneof(fc.uint8Array(), fc.string({ unit: "binary" }).map(encode));
    fc.assert(
      fc.property(bytes, (body) => {
        const message = JSON.parse(JSON.stringify(keptCallback(textOf(body))));
        const parsed = parseMessage(message);
        if (!parsed.ok || parsed.kind !== "callback") throw new Error("no callback");
        expect(bytesOf(parsed.event)).toEqual(body);
      }),
      { numRuns: 1_000 },
    );
  });

  it.for([
    [encode('{"a":"é😀"}'), "utf-8"],
    [encode(""), "utf-8"],
    [Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), "base64"],
    [Uint8Array.from([0xc4, 0xe3]), "base64"],
    // What it is read as has as many bytes.
    [Uint8Array.from([0xf0, 0x9f, 0x98]), "base64"],
  ] as const)("of %j is %s: text where it can be", ([body, encoding], { expect }) => {
    expect(textOf(body).encoding).toBe(encoding);
  });
});

it.for([
  { encoding: "base64", body: "%%" },
  { encoding: "utf-16" },
  { arrivedMs: 0 },
  { arrivedMs: 1.5 },
  { attempts: -1 },
  { token: "another" },
  { query: null },
  { body: undefined },
])("a kept callback with %j is malformed", (odd, { expect }) => {
  expect(parseMessage({ ...keptCallback(), ...odd })).toEqual({ ok: false, reason: "malformed" });
});
