import { userSigOf } from "../tencent/user-sig.ts";

export type Signer = {
  /** A UserSig that stays valid for some time. */
  current(): Promise<string>;
  /** Tencent no longer accepts this one. */
  expired(old: string): void;
};

/** Long enough for any call. Somebody who finds one can do little with it. */
const VALID_SECONDS = 3_600;
const RENEW_AFTER_MS = (VALID_SECONDS * 1000) / 2;

/** UserSigs of an administrator. The key stays in here. */
export function createSigner(
  { identifier, appId, key }: { identifier: string; appId: number; key: string },
  now: () => number = Date.now,
): Signer {
  let userSig: string | undefined;
  let signedMs = 0;
  return {
    async current() {
      const nowMs = now();
      if (userSig === undefined || nowMs - signedMs > RENEW_AFTER_MS) {
        userSig = await userSigOf({ identifier, appId, key, nowMs, validSeconds: VALID_SECONDS });
        signedMs = nowMs;
      }
      return userSig;
    },
    expired(old) {
      if (old === userSig) userSig = undefined;
    },
  };
}
