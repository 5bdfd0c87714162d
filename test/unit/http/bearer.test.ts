import { describe, it } from "vitest";
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

  it("lets nobody in where none is configured", async ({ expect }) => {
    expect(await isBearer(request("Bearer undefined"), undefined)).toBe(false);
  });
});
