import { describe, it, vi } from "vitest";
import { bearerOf, isSecret } from "../../../src/http/bearer.ts";

const request = (authorization?: string) =>
  new Request("https://api.example", {
    headers: authorization === undefined ? {} : { Authorization: authorization },
  });

describe("the bearer token", () => {
  it.for([
    ["Bearer s3cret", "s3cret"],
    ["bearer s3cret", "s3cret"],
    ["Bearer  s3cret", "s3cret"],
    ["Bearer s3cret s3cret", undefined],
    ["Bearer", undefined],
    ["Basic s3cret", undefined],
    ["s3cret", undefined],
    [undefined, undefined],
  ] as const)("of %s is %s", ([authorization, expected], { expect }) => {
    expect(bearerOf(request(authorization))).toBe(expected);
  });
});

describe("a secret", () => {
  it.for([
    ["s3cret", true],
    ["s3cre", false],
    ["s3crets", false],
    ["S3cret", false],
    ["", false],
  ] as const)("claimed as %j: %s", async ([claimed, expected], { expect }) => {
    expect(await isSecret(claimed, "s3cret")).toBe(expected);
  });

  it.for(["s3cret", "s", "S3cret", "x".repeat(1_000)])(
    "%s is compared in constant time, and as long as any other",
    async (claimed, { expect }) => {
      const compare = vi.spyOn(crypto.subtle, "timingSafeEqual");
      await isSecret(claimed, "s3cret");
      expect(compare.mock.calls.map((sides) => sides.map((side) => side.byteLength))).toEqual([
        [32, 32],
      ]);
    },
  );

  it("is known to nobody where none is configured", async ({ expect }) => {
    expect(await isSecret("undefined", undefined)).toBe(false);
  });
});
