import fc from "fast-check";
import { describe, it } from "vitest";
import { createSigner } from "../../tools/reconcile/signer.ts";
import { faultOfUserSig, readUserSig, userSigOf } from "../../tools/tencent/user-sig.ts";
import { APP_ID, KEY } from "../support/reconcile.ts";

const NOW = 1_700_000_000_000;
const signing = {
  ...{ identifier: "administrator", appId: APP_ID, key: KEY },
  ...{ nowMs: NOW, validSeconds: 15_552_000 },
};

describe("a UserSig", () => {
  it("says what one of Tencent's own library says", async ({ expect }) => {
    // Compared unpacked: other versions of deflate pack otherwise.
    expect(readUserSig(await userSigOf(signing))).toEqual({
      "TLS.ver": "2.0",
      "TLS.identifier": "administrator",
      "TLS.sdkappid": 1_400_000_000,
      "TLS.time": 1_700_000_000,
      "TLS.expire": 15_552_000,
      "TLS.sig": "JCzxanF8NTTXau4m+2h9wv7gYJnyNksm0xm1NEXU274=",
    });
  });

  it("can stand in a URL as it is, whoever it is for", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: "grapheme", minLength: 1, maxLength: 32 }),
        async (identifier) => {
          const userSig = await userSigOf({ ...signing, identifier });
          expect(userSig).toMatch(/^[A-Za-z0-9*_-]+$/);
          expect(await faultOfUserSig(userSig, { ...signing, identifier })).toBe(undefined);
        },
      ),
      { numRuns: 30 },
    );
  });

  it.for([
    ["another key", { key: KEY.replace("5", "6") }, "forged"],
    // The digits are text: another case is another key.
    ["the key in capitals", { key: KEY.toUpperCase() }, "forged"],
    ["another app", { appId: APP_ID + 1 }, "of-another-app"],
    ["another account", { identifier: "alice" }, "of-another-user"],
    ["its last moment", { nowMs: NOW + 15_552_000_000 }, undefined],
    ["a moment later", { nowMs: NOW + 15_552_000_001 }, "expired"],
  ] as const)("is held against %s", async ([_, other, fault], { expect }) => {
    const userSig = await userSigOf(signing);
    expect(await faultOfUserSig(userSig, { ...signing, ...other })).toBe(fault);
  });

  it.for(["", "x", "eJw_"])("that is %j is unreadable", async (userSig, { expect }) => {
    expect(await faultOfUserSig(userSig, signing)).toBe("unreadable");
  });
});

describe("a signer", () => {
  const signer = () => {
    const clock = { ms: NOW };
    const { current, expired } = createSigner(signing, () => clock.ms);
    const time = async () => readUserSig(await current())?.["TLS.time"];
    return { clock, current, expired, time };
  };

  it("signs for an hour, and anew once half of it is over", async ({ expect }) => {
    const { clock, current, time } = signer();
    expect(readUserSig(await current())).toMatchObject({ "TLS.expire": 3_600 });
    clock.ms += 1_800_000;
    expect(await time()).toBe(1_700_000_000);
    clock.ms += 1;
    expect(await time()).toBe(1_700_001_800);
  });

  it("signs anew what has expired, and not for what had expired before", async ({ expect }) => {
    const { clock, current, expired, time } = signer();
    const first = await current();
    clock.ms += 10_000;
    expired(first);
    expect(await time()).toBe(1_700_000_010);
    clock.ms += 10_000;
    // Another call that was under way with the first one.
    expired(first);
    expect(await time()).toBe(1_700_000_010);
  });
});
