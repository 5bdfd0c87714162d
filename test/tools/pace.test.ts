import fc from "fast-check";
import { describe, it } from "vitest";
import { createPace } from "../../tools/reconcile/pace.ts";

/** A clock that goes on only where something waits. */
function paced(rate: number) {
  const clock = { ms: 0 };
  const pace = createPace(rate, {
    nowMs: () => clock.ms,
    wait: async (ms) => {
      clock.ms += ms;
    },
  });
  const signal = new AbortController().signal;
  return { clock, pace, turn: () => pace.turn(signal) };
}

describe("the pace of all calls", () => {
  it("lets no more through in any second than it is told", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 200 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 60 }),
        async (rate, pauses) => {
          const { clock, turn } = paced(rate);
          const times: number[] = [];
          for (const pause of pauses) {
            clock.ms += pause;
            await turn();
            times.push(clock.ms);
          }
          for (const from of times) {
            const within = times.filter((at) => at >= from && at < from + 999);
            expect(within.length).toBeLessThanOrEqual(rate);
          }
        },
      ),
    );
  });

  it("is kept by calls that ask together", async ({ expect }) => {
    const { clock, turn } = paced(10);
    await Promise.all(Array.from({ length: 11 }, turn));
    expect(clock.ms).toBeGreaterThanOrEqual(1_000);
  });

  it("is halved when it is too fast, once for all that say so together", async ({ expect }) => {
    const { clock, pace } = paced(20);
    clock.ms = 5_000;
    for (let nth = 0; nth < 8; nth += 1) pace.slower();
    expect(pace.perSecond()).toBe(10);
    clock.ms += 1_000;
    pace.slower();
    expect(pace.perSecond()).toBe(5);
  });

  it("pauses for a second then", async ({ expect }) => {
    const { clock, pace, turn } = paced(20);
    await turn();
    pace.slower();
    await turn();
    expect(clock.ms).toBe(1_000);
  });

  it("comes back with answers, to what it was and no further", ({ expect }) => {
    const { clock, pace } = paced(20);
    for (let nth = 0; nth < 10; nth += 1) {
      clock.ms += 1_000;
      pace.slower();
    }
    expect(pace.perSecond()).toBe(0.5);
    for (let nth = 0; nth < 100; nth += 1) pace.answered();
    expect(pace.perSecond()).toBeCloseTo(10.5);
    for (let nth = 0; nth < 200; nth += 1) pace.answered();
    expect(pace.perSecond()).toBe(20);
  });
});
