import { afterEach, describe, it } from "vitest";
import { backoffMs, TRIES_MAX } from "../../tools/lib/backoff.ts";
import { createPace } from "../../tools/reconcile/pace.ts";
import { createRest, type Rest } from "../../tools/reconcile/rest.ts";
import { createSigner, type Signer } from "../../tools/reconcile/signer.ts";
import { FRIEND_GET } from "../../tools/tencent/rest.ts";
import type { RestFate } from "../../tools/tencent/rest-server.ts";
import { userSigOf } from "../../tools/tencent/user-sig.ts";
import { APP_ID, KEY, playTencent } from "../support/reconcile.ts";

let played: Awaited<ReturnType<typeof playTencent>> | undefined;
afterEach(async () => {
  await played?.stop();
  played = undefined;
});

const ADMIN = { identifier: "administrator", appId: APP_ID };

/** Its first UserSig has expired, and it goes on with it until it is told. */
async function expiredSigner(): Promise<Signer> {
  const signing = { ...ADMIN, key: KEY, validSeconds: 60 };
  const old = await userSigOf({ ...signing, nowMs: Date.now() - 3_600_000 });
  let userSig = old;
  const fresh = await userSigOf({ ...signing, nowMs: Date.now() });
  return {
    current: async () => userSig,
    expired(gone) {
      if (gone === old) userSig = fresh;
    },
  };
}

/** A client of a Tencent whose first answers are these. Nothing waits, and what would have is noted. */
async function rest(
  fates: RestFate[],
  { key = KEY, tencent, signer }: { key?: string; tencent?: string; signer?: Signer } = {},
) {
  const left = [...fates];
  played = await playTencent({ alice: ["bob"] }, { fate: () => left.shift() ?? { fault: "none" } });
  const waits: number[] = [];
  const clock = {
    nowMs: () => 0,
    wait: async (ms: number) => {
      waits.push(ms);
    },
  };
  const pace = createPace(20, { nowMs: () => 0, wait: async () => {} });
  const client = createRest({
    ...{ tencent: tencent ?? played.url, appId: APP_ID, identifier: "administrator" },
    ...{ signer: signer ?? createSigner({ ...ADMIN, key }), pace, clock },
    signal: new AbortController().signal,
  });
  return { client, pace, waits, calls: played.calls };
}

const ask = (client: Rest, userId = "alice") =>
  client.call(FRIEND_GET, { From_Account: userId, StartIndex: 0, StandardSequence: 0 });
const coded = (code: number): RestFate => ({ fault: "code", code });
const ok = { outcome: "answered", answer: { ErrorCode: 0 } };

describe("an answer of Tencent's", () => {
  it.for([60_008, 60_014, 30_006, 30_007])(
    "with code %i: again, later",
    async (code, { expect }) => {
      const { client, waits, pace } = await rest([coded(code), coded(code)]);
      expect(await ask(client)).toMatchObject(ok);
      expect(waits).toHaveLength(2);
      expect(pace.perSecond()).toBe(20);
    },
  );

  it.for([500, 502, 504, 429])("with HTTP %i: again, later", async (status, { expect }) => {
    const { client, waits } = await rest([{ fault: "status", status }]);
    expect(await ask(client)).toMatchObject(ok);
    expect(waits).toHaveLength(1);
  });

  it.for([60_007, 60_011, 60_018, 60_019])(
    "with code %i: again, and more slowly",
    async (code, { expect }) => {
      const { client, pace } = await rest([coded(code)]);
      expect(await ask(client)).toMatchObject(ok);
      expect(pace.perSecond()).toBeLessThan(11);
    },
  );

  it("with code 70001: signed again, once", async ({ expect }) => {
    const { client, waits, calls } = await rest([coded(70_001)]);
    expect(await ask(client)).toMatchObject(ok);
    expect(calls).toEqual([70_001, 0]);
    expect(waits).toEqual([]);
  });

  it("with code 70001 is asked for with another UserSig", async ({ expect }) => {
    const { client, calls } = await rest([], { signer: await expiredSigner() });
    expect(await ask(client)).toMatchObject(ok);
    expect(calls).toEqual([70_001, 0]);
  });

  it("with code 70001 twice: the clock is wrong", async ({ expect }) => {
    const { client, calls } = await rest([coded(70_001), coded(70_001)]);
    await expect(ask(client)).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining("expired"),
      todo: expect.stringContaining("clock"),
    });
    expect(calls).toEqual([70_001, 70_001]);
  });

  it.for([
    [70_003, "key"],
    [70_009, "key"],
    [70_013, "--admin"],
    [70_014, "SDKAppID"],
    [70_016, "--region"],
    [70_020, "--region"],
    [60_004, "--admin"],
    [60_005, "--admin"],
    [60_006, "--app-id"],
    [60_010, "--admin"],
    [60_012, "--app-id"],
    [30_004, "--admin"],
    [60_021, "address"],
    [60_016, "state"],
    [60_017, "support"],
    [60_020, "plan"],
  ] as const)("with code %i: stop, and look to %s", async ([code, todo], { expect }) => {
    const { client, calls } = await rest([coded(code)]);
    await expect(ask(client)).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining(`(code ${code})`),
      todo: expect.stringContaining(todo),
    });
    expect(calls).toEqual([code]);
  });

  it.for([30_003, 70_107])("with code %i: this user is skipped", async (code, { expect }) => {
    const { client, calls } = await rest([coded(code)]);
    expect(await ask(client)).toEqual({
      outcome: "skipped",
      because: `Tencent has no such account (code ${code})`,
    });
    expect(calls).toEqual([code]);
  });

  it("with a code that no page names: this user is not read", async ({ expect }) => {
    const { client } = await rest([coded(12_345)]);
    expect(await ask(client)).toEqual({
      outcome: "failed",
      because: "Tencent answered the code 12345",
    });
  });

  it("that stays bad is given up, and the waits grow", async ({ expect }) => {
    const { client, waits, calls } = await rest(Array(9).fill(coded(60_008)));
    expect(await ask(client)).toEqual({
      outcome: "failed",
      because: `Tencent answered the code 60008, ${TRIES_MAX} times`,
    });
    expect(calls).toHaveLength(TRIES_MAX);
    expect(waits).toHaveLength(TRIES_MAX - 1);
    for (const [nth, ms] of waits.entries()) {
      const most = Math.min(30_000, 500 * 2 ** nth);
      expect(ms).toBeGreaterThanOrEqual(most / 2);
      expect(ms).toBeLessThanOrEqual(most);
    }
  });

  it("that never comes is given up", async ({ expect }) => {
    const { client } = await rest([], { tencent: "http://127.0.0.1:1" });
    expect(await ask(client)).toEqual({
      outcome: "failed",
      because: `Tencent did not answer, ${TRIES_MAX} times`,
    });
  });

  it.for([404, 403, 301])("with HTTP %i is none of Tencent's", async (status, { expect }) => {
    const { client } = await rest([{ fault: "status", status }]);
    await expect(ask(client)).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining(`HTTP ${status}`),
      todo: expect.stringContaining("--region"),
    });
  });

  it("to the wrong key says so, and holds nothing of the key", async ({ expect }) => {
    const key = KEY.replace("5", "6");
    const { client } = await rest([], { key });
    const error = await ask(client).catch((thrown) => thrown);
    expect(error).toMatchObject({ message: expect.stringContaining("(code 70009)") });
    expect(JSON.stringify([error, error.message, error.todo, error.stack])).not.toContain(key);
  });
});

describe("the wait before another try", () => {
  it("is by chance, and never longer than half a minute", ({ expect }) => {
    expect([1, 2, 3, 7, 60].map((tries) => backoffMs(tries, 0))).toEqual([
      250, 500, 1_000, 15_000, 15_000,
    ]);
    expect(backoffMs(60, 0.999)).toBeLessThanOrEqual(30_000);
  });
});
