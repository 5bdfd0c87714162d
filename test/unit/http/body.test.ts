import { describe, it } from "vitest";
import { decodeText, parseJson, readAtOnce, readBytes } from "../../../src/http/body.ts";
import { streamedRequest } from "../../support/streams.ts";

const encoder = new TextEncoder();
/** Text, or bytes. */
type Piece = string | number[];
const pieces = (...parts: Piece[]) =>
  parts.map((part) => (typeof part === "string" ? encoder.encode(part) : Uint8Array.from(part)));

/** All of a body, as text. */
async function textOf(request: Request, declared?: number): Promise<string> {
  const read = await readBytes(request.body, 100, declared);
  return read.ok ? decodeText(read.bytes) : read.reason;
}

describe("a body", () => {
  it.for<[text: string, parts: Piece[]]>([
    ["", []],
    ["", [""]],
    ["{}", ["{}"]],
    ["héllo 😀", ["héllo 😀"]],
    ["characters cut between pieces: é", ["characters cut between pieces: ", [0xc3], [0xa9]]],
    ["an emoji cut in four: 😀", ["an emoji cut in four: ", [0xf0], [0x9f], [0x98], [0x80]]],
  ])("of %j is read as text", async ([text, parts], { expect }) => {
    const { request } = streamedRequest(pieces(...parts));
    expect(await textOf(request)).toBe(text);
  });

  it("may be missing", async ({ expect }) => {
    const request = new Request("https://callback.example", { method: "POST" });
    expect(await textOf(request)).toBe("");
  });

  it.for([
    [9, 10, true],
    [10, 10, true],
    [11, 10, false],
  ] as const)(
    "of %d bytes under a limit of %d is read: %s",
    async ([bytes, max, ok], { expect }) => {
      const { request } = streamedRequest(pieces("a".repeat(bytes)));
      const read = await readBytes(request.body, max);
      expect(read).toEqual(
        ok
          ? { ok: true, bytes: encoder.encode("a".repeat(bytes)) }
          : { ok: false, reason: "too-large" },
      );
    },
  );

  it("that is too large is given up where the limit is passed", async ({ expect }) => {
    const stream = streamedRequest(
      Array.from({ length: 1_000 }, () => encoder.encode("a".repeat(10))),
    );
    expect(await readBytes(stream.request.body, 95)).toEqual({ ok: false, reason: "too-large" });
    expect(stream.pulled()).toBe(10);
    expect(stream.cancelled()).toBe(true);
  });

  it("is not waited for beyond its Content-Length", async ({ expect }) => {
    const stream = streamedRequest(pieces("ab", "cd", "ef"));
    expect(await textOf(stream.request, 4)).toBe("abcd");
    expect(stream.pulled()).toBe(2);
  });

  it("that breaks off is cut off, and can still be drained by whoever comes next", async ({
    expect,
  }) => {
    const body = new ReadableStream({
      pull() {
        throw new RangeError("connection lost");
      },
    });
    const request = new Request("https://callback.example", { method: "POST", body });
    expect(await readBytes(request.body, 100)).toEqual({ ok: false, reason: "cut-off" });
    expect(request.body?.locked).toBe(false);
  });

  it("leaves the request unlocked when it was read", async ({ expect }) => {
    const { request } = streamedRequest(pieces("{}"));
    await readBytes(request.body, 100);
    expect(request.body?.locked).toBe(false);
  });
});

describe("a body that is read at once", () => {
  it.for([
    ["", { ok: true, bytes: encoder.encode("") }],
    ["a".repeat(10), { ok: true, bytes: encoder.encode("a".repeat(10)) }],
    ["a".repeat(11), { ok: false, reason: "too-large" }],
  ] as const)("of %j under a limit of 10", async ([text, read], { expect }) => {
    const request = new Request("https://callback.example", { method: "POST", body: text });
    expect(await readAtOnce(request, 10)).toEqual(read);
  });

  it("may be missing", async ({ expect }) => {
    const request = new Request("https://callback.example", { method: "POST" });
    expect(await readAtOnce(request, 10)).toEqual({ ok: true, bytes: encoder.encode("") });
  });

  it("is cut off where it breaks off", async ({ expect }) => {
    const body = new ReadableStream({
      pull() {
        throw new RangeError("connection lost");
      },
    });
    const request = new Request("https://callback.example", { method: "POST", body });
    expect(await readAtOnce(request, 10)).toEqual({ ok: false, reason: "cut-off" });
  });
});

/** "你" in GBK, and a character whose second byte is a backslash. */
const GBK = [0xc4, 0xe3];
const GBK_WITH_BACKSLASH = [0x95, 0x5c];

describe("bytes as JSON", () => {
  const read = (...parts: Piece[]) =>
    parseJson(Uint8Array.from(pieces(...parts).flatMap((piece) => [...piece])));

  it.for<[what: string, parts: Piece[], value: unknown]>([
    ["UTF-8", ['{"a":"é😀"}'], { a: "é😀" }],
    ["a byte order mark", [[0xef, 0xbb, 0xbf], "{}"], {}],
    ["a byte that UTF-8 does not know", ['["', [0xff], '"]'], ["\ufffd"]],
    ["half a character", ['["a', [0xc3], '"]'], ["a\ufffd"]],
    ["an encoded surrogate", ['["', [0xed, 0xa0, 0x80], '"]'], ["\ufffd\ufffd\ufffd"]],
    ["GBK that breaks nothing", ['["', GBK, '"]'], ["\ufffd\ufffd"]],
    ["GBK with a backslash inside", ['["', GBK_WITH_BACKSLASH, '","b"]'], ["昞", "b"]],
  ])("with %s are read", ([, parts, value], { expect }) => {
    expect(read(...parts)).toEqual(value);
  });

  it.for<[what: string, parts: Piece[]]>([
    ["nothing", []],
    ["a text without quotes", ["hello"]],
    ["two values", ["{}{}"]],
    ["a value that breaks off", ['{"a":']],
    ["bytes that break it in any encoding", ["{", [0xff]]],
    ["UTF-8 that GB18030 would read", ['["€\\q"]']],
  ])("of %s are none", ([, parts], { expect }) => {
    expect(read(...parts)).toBeUndefined();
  });
});
