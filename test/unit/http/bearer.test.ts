import { describe, it, vi } from "vitest";
import { isBearer } from "../../../src/http/bearer.ts";

const request = (authorization?: string) =>
  new Request("https://api.example", {
    headers: authorization === undefined ? {} : { Authorization: authorization },
  });

describe("the bearer token", () => {
  it.for([
    ["Bearer s3cret", true],
    ["bearer s3cret", true],
    ["Bearer  s3cret", true],
    ["Bearer s3cre", false],
    ["Bearer s3crets", false],
    ["Bearer S3cret", false],
    ["Bearer s3cret s3cret", false],
    ["Bearer", false],
    ["Basic s3cret", false],
    ["s3cret", false],
    [undefined, false],
  ] as const)("as %s: %s", async ([authorization, expected], { expect }) => {
    expect(await isBearer(request(authorization), "s3cret")).toBe(expected);
  });

  it.for(["s3cret", "s", "S3cret", "x".repeat(1_000)])(
    "%s is compared in constant time, and as long as any other",
    async (claimed, { expect }) => {
      const compare = vi.spyOn(crypto.subtle, "timingSafeEqual");
      await isBearer(request(`Bearer ${claimed}`), "s3cret");
      expect(compare.mock.calls.map((sides) => sides.map((side) => side.byteLength))).toEqual([
        [32, 32],
      ]);
    },
  );

  it("lets nobody in where none is configured", async ({ expect }) => {
    expect(await isBearer(request("Bearer undefined"), undefined)).toBe(false);
  });
});
