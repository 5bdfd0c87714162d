import { describe, it } from "vitest";
import { signedAnew, withTime } from "../../../src/backend/sign.ts";
import { checkAuthenticity } from "../../../src/tencent/url.ts";

describe("a query with another time", () => {
  it.for<[string, string]>([
    ["RequestTime=1&Sign=2", "RequestTime=NEW&Sign=SIGN"],
    ["a=b&requesttime=1&SIGN=2&c=d", "a=b&requesttime=NEW&SIGN=SIGN&c=d"],
    ["Request%54ime=1&%53ign=2", "Request%54ime=NEW&%53ign=SIGN"],
    ["RequestTime=1=2&Sign=a=b", "RequestTime=NEW&Sign=SIGN"],
    ["RequestTime&Sign", "RequestTime=NEW&Sign=SIGN"],
    ["&&a=%zz&%=1&RequestTimes=1&xSign=2&=&", "&&a=%zz&%=1&RequestTimes=1&xSign=2&=&"],
    ["toString=1&__proto__=2&constructor", "toString=1&__proto__=2&constructor"],
    ["a=RequestTime&b=Sign=2", "a=RequestTime&b=Sign=2"],
    ["", ""],
  ])("is, of %j, %j", ([query, expected], { expect }) => {
    expect(withTime(query, "NEW", "SIGN")).toBe(expected);
  });
});

it("a query that is signed anew is authentic now", async ({ expect }) => {
  const now = 1_800_000_000_999;
  const query = { query: "RequestTime=1700000000&Sign=old", token: "current" } as const;
  const fresh = new URLSearchParams(await signedAnew(query, { current: "secret" }, now));
  expect(fresh.get("RequestTime")).toBe("1800000000");
  const proof = { sign: fresh.get("Sign") ?? "", requestTime: fresh.get("RequestTime") ?? "" };
  expect(await checkAuthenticity(proof, { current: "secret" }, now)).toMatchObject({
    authentic: true,
  });
});

it("a query stays as it is where there is no token", async ({ expect }) => {
  const query = { query: "RequestTime=1&Sign=2", token: "current" } as const;
  expect(await signedAnew(query, undefined, 0)).toBe(query.query);
});
