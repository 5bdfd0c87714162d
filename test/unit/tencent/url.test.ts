import { describe, it, vi } from "vitest";
import { type AuthenticityProof, checkAuthenticity } from "../../../src/tencent/url.ts";
import { signOf } from "../../../tools/tencent/url.ts";

/** The vector of the official page. */
const OFFICIAL = {
  token: "xxxxyyyy",
  requestTime: "1669872112",
  sign: "17773bc39a671d7b9aa835458704d2a6db81360a5940292b587d6d760d484061",
};
const NOW_MS = 1_669_872_112_000;
const OTHER_SIGN = "0".repeat(64);

/** Judges the official vector, with something else in some places of it. */
function check(
  proof: Partial<AuthenticityProof>,
  {
    now = NOW_MS,
    ...tokens
  }: { now?: number; current?: string; previous?: string | undefined } = {},
) {
  const { token, ...official } = OFFICIAL;
  return checkAuthenticity({ ...official, ...proof }, { current: token, ...tokens }, now);
}

describe("a Sign", () => {
  it.for([OFFICIAL.sign, OFFICIAL.sign.toUpperCase(), OFFICIAL.sign.replace("d", "D")])(
    "of the official vector is authentic as %s",
    async (sign, { expect }) => {
      expect(await check({ sign })).toEqual({ authentic: true, token: "current" });
    },
  );

  it.for([
    ["missing", undefined, "sign-missing"],
    ["empty", "", "sign-wrong"],
    ["a character short", OFFICIAL.sign.slice(1), "sign-wrong"],
    ["a character long", `${OFFICIAL.sign}0`, "sign-wrong"],
    ["with a line break behind it", `${OFFICIAL.sign}\n`, "sign-wrong"],
    ["not hex", `g${OFFICIAL.sign.slice(1)}`, "sign-wrong"],
    ["of full-width digits", `１${OFFICIAL.sign.slice(1)}`, "sign-wrong"],
    ["another's", OTHER_SIGN, "sign-wrong"],
    ["different in the last digit", `${OFFICIAL.sign.slice(0, -1)}0`, "sign-wrong"],
    ["different in the first digit", `0${OFFICIAL.sign.slice(1)}`, "sign-wrong"],
  ] as const)("that is %s is refused", async ([, sign, reason], { expect }) => {
    expect(await check({ sign })).toEqual({ authentic: false, reason });
  });
});

describe("a Sign that is well-formed", () => {
  it.for([OFFICIAL.sign, OTHER_SIGN, `${OFFICIAL.sign.slice(0, -1)}0`])(
    "is compared in constant time with that of each token: %s",
    async (sign, { expect }) => {
      const compare = vi.spyOn(crypto.subtle, "timingSafeEqual");
      await check({ sign }, { current: "new", previous: OFFICIAL.token });
      expect(compare.mock.calls.map((sides) => sides.map((side) => side.byteLength))).toEqual([
        [32, 32],
        [32, 32],
      ]);
    },
  );

  it("costs a digest for each second, however many callbacks have that RequestTime", async ({
    expect,
  }) => {
    const digest = vi.spyOn(crypto.subtle, "digest");
    const second = async (requestTime: string, token = "a-token-of-this-test") => {
      for (let callbacks = 0; callbacks < 3; callbacks++) {
        await check({ requestTime, sign: OTHER_SIGN }, { current: token });
      }
      return digest.mock.calls.length;
    };
    expect(await second("1669872100")).toBe(1);
    expect(await second("1669872101")).toBe(2);
    expect(await second("1669872101", "another-token")).toBe(3);
  });

  it("is remembered as long as its second is believed, and no longer", async ({ expect }) => {
    const ask = (second: number, token: number) =>
      check(
        { requestTime: String(1_669_872_112 + second), sign: OTHER_SIGN },
        { current: `token-${token}` },
      );
    for (const token of [1, 2, 3]) {
      for (let second = -60; second <= 60; second++) await ask(second, token);
    }
    const digest = vi.spyOn(crypto.subtle, "digest");
    await ask(60, 3);
    expect(digest).toHaveBeenCalledTimes(0);
    await ask(-60, 1);
    expect(digest).toHaveBeenCalledTimes(1);
  });
});

it("each of several Signs is judged by itself while all wait for one digest", async ({
  expect,
}) => {
  const current = "a-token-that-nothing-else-has";
  const sign = await signOf(current, OFFICIAL.requestTime);
  const signs = [OTHER_SIGN, sign, OTHER_SIGN, sign, OTHER_SIGN];
  const judged = await Promise.all(signs.map((each) => check({ sign: each }, { current })));
  expect(judged.map(({ authentic }) => authentic)).toEqual([false, true, false, true, false]);
});

describe("a RequestTime", () => {
  it.for([
    ["exactly 60 s ago", 60_000, true],
    ["60.001 s ago", 60_001, false],
    ["exactly 60 s ahead", -60_000, true],
    ["60.001 s ahead", -60_001, false],
    ["now", 0, true],
    ["an hour ago", 3_600_000, false],
    ["an hour ahead", -3_600_000, false],
  ] as const)("%s is fresh or not", async ([, agoMs, fresh], { expect }) => {
    expect(await check({}, { now: NOW_MS + agoMs })).toEqual(
      fresh ? { authentic: true, token: "current" } : { authentic: false, reason: "time-stale" },
    );
  });

  it.for([
    "",
    " ",
    "now",
    "NaN",
    "Infinity",
    "-1669872112",
    "+1669872112",
    " 1669872112",
    "1669872112 ",
    "1669872112\n",
    "1669872112.0",
    "1669872112e0",
    "1.669872112e9",
    "0x63880e70",
    "1_669_872_112",
    "１６６９８７２１１２",
    "1669872112000000",
    "1669872112,1669872112",
  ])("of %j is refused as malformed, though its Sign is right", async (requestTime, { expect }) => {
    const sign = await signOf(OFFICIAL.token, requestTime);
    expect(await check({ sign, requestTime })).toEqual({
      authentic: false,
      reason: "time-malformed",
    });
  });

  it("that is missing is refused", async ({ expect }) => {
    expect(await check({ requestTime: undefined })).toEqual({
      authentic: false,
      reason: "sign-missing",
    });
  });

  it("is hashed as the text that was received", async ({ expect }) => {
    const requestTime = "01669872112";
    const sign = await signOf(OFFICIAL.token, requestTime);
    expect(await check({ sign, requestTime })).toEqual({ authentic: true, token: "current" });
    expect(await check({ requestTime })).toEqual({ authentic: false, reason: "sign-wrong" });
  });
});

describe("a rotation", () => {
  it.for([
    ["the previous one", "new", OFFICIAL.token, { authentic: true, token: "previous" }],
    ["both tokens the same", OFFICIAL.token, OFFICIAL.token, { authentic: true, token: "current" }],
    ["no previous token", "new", undefined, { authentic: false, reason: "sign-wrong" }],
    ["two other tokens", "new", "newer", { authentic: false, reason: "sign-wrong" }],
  ] as const)(
    "tells which token matched: %s",
    async ([, current, previous, result], { expect }) => {
      expect(await check({}, { current, previous })).toEqual(result);
    },
  );

  it("keeps the previous token to the minute", async ({ expect }) => {
    const tokens = { current: "new", previous: OFFICIAL.token };
    expect(await check({}, { ...tokens, now: NOW_MS + 60_001 })).toEqual({
      authentic: false,
      reason: "time-stale",
    });
  });
});
