import { describe, it } from "vitest";
import { pagesOf, sampleOf } from "../../tools/reconcile/source.ts";
import { randomOf } from "../../tools/simulate/random.ts";

const users = Array.from({ length: 2_500 }, (_, n) => `u${n}`);

describe("a sample of users", () => {
  it("has so many of them, each once, or all where there are fewer", async ({ expect }) => {
    for (const size of [1, 100, 2_500]) {
      const sample = await sampleOf(pagesOf(users), size);
      expect(new Set(sample).size).toBe(size);
      expect(sample.filter((user) => !users.includes(user))).toEqual([]);
    }
    expect(await sampleOf(pagesOf(users.slice(0, 3)), 10)).toEqual(["u0", "u1", "u2"]);
    expect(await sampleOf(pagesOf([]), 10)).toEqual([]);
  });

  it("has each of them as often as any other", async ({ expect }) => {
    const { fraction } = randomOf(7);
    const times = new Map<string, number>();
    for (let nth = 0; nth < 2_000; nth += 1) {
      for (const user of await sampleOf(pagesOf(users.slice(0, 20)), 5, fraction)) {
        times.set(user, (times.get(user) ?? 0) + 1);
      }
    }
    // 500 times each: five standard deviations are 97.
    expect(times.size).toBe(20);
    expect(Math.min(...times.values())).toBeGreaterThan(403);
    expect(Math.max(...times.values())).toBeLessThan(597);
  });
});
