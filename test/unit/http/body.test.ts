import { describe, it } from "vitest";
import { readText } from "../../../src/http/body.ts";
import { streamedRequest } from "../../support/streams.ts";

const encoder = new TextEncoder();
/** Text, or bytes. */
type Piece = string | number[];
const pieces = (...parts: Piece[]) =>
  parts.map((part) => (typeof part === "string" ? encoder.encode(part) : Uint8Array.from(part)));

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
    expect(await readText(request, 100)).toEqual({ ok: true, text });
  });

  it("may be missing", async ({ expect }) => {
    const request = new Request("https://callback.example", { method: "POST" });
    expect(await readText(request, 100)).toEqual({ ok: true, text: "" });
  });

  it.for<[what: string, parts: Piece[]]>([
    ["a byte that UTF-8 does not know", [[0xff]]],
    ["half a character at its end", ["a", [0xc3]]],
    ["an encoded surrogate", [[0xed, 0xa0, 0x80]]],
    ["a character spelt too long", [[0xc0, 0xaf]]],
  ])("with %s is malformed", async ([, parts], { expect }) => {
    const { request } = streamedRequest(pieces(...parts));
    expect(await readText(request, 100)).toEqual({ ok: false, reason: "malformed" });
  });

  it.for([
    [9, 10, true],
    [10, 10, true],
    [11, 10, false],
  ] as const)(
    "of %d bytes under a limit of %d is read: %s",
    async ([bytes, max, ok], { expect }) => {
      const { request } = streamedRequest(pieces("a".repeat(bytes)));
      const read = await readText(request, max);
      expect(read).toEqual(
        ok ? { ok: true, text: "a".repeat(bytes) } : { ok: false, reason: "too-large" },
      );
    },
  );

  it("that is too large is given up where the limit is passed", async ({ expect }) => {
    const stream = streamedRequest(
      Array.from({ length: 1_000 }, () => encoder.encode("a".repeat(10))),
    );
    expect(await readText(stream.request, 95)).toEqual({ ok: false, reason: "too-large" });
    expect(stream.pulled()).toBe(10);
    expect(stream.cancelled()).toBe(true);
  });

  it("is not waited for beyond its Content-Length", async ({ expect }) => {
    const stream = streamedRequest(pieces("ab", "cd", "ef"), {
      headers: { "Content-Length": "4" },
    });
    expect(await readText(stream.request, 100)).toEqual({ ok: true, text: "abcd" });
    expect(stream.pulled()).toBe(2);
  });

  it("that breaks off is not malformed: the failure is the sender's", async ({ expect }) => {
    const body = new ReadableStream({
      pull() {
        throw new RangeError("connection lost");
      },
    });
    const request = new Request("https://callback.example", { method: "POST", body });
    await expect(readText(request, 100)).rejects.toThrow("connection lost");
  });
});
