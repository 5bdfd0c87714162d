import { describe, it } from "vitest";
import { bisect } from "../../../src/db/bisect.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Applies whatever holds none of the bad; counts how often it was tried. */
function applying(bad: readonly number[], error = new Error("bad")) {
  const tries: number[] = [];
  return {
    tries,
    apply: async (group: readonly number[]) => {
      tries.push(group.length);
      if (group.some((number) => bad.includes(number))) throw error;
      return group.length;
    },
  };
}

const options = (tries = 1_000) => ({ isTransient: () => false, budget: { tries } });

describe("narrowing down", () => {
  it("takes one try where nothing is wrong", async ({ expect }) => {
    const { tries, apply } = applying([]);
    const { applied, total } = await bisect(numbers(100), apply, options());
    expect(tries).toEqual([100]);
    expect([applied.length, total]).toEqual([100, 100]);
  });

  it("tries nothing without items", async ({ expect }) => {
    const { tries, apply } = applying([]);
    await bisect([], apply, options());
    expect(tries).toEqual([]);
  });

  it.for(numbers(100))(
    "finds the bad one at place %i with at most 15 tries",
    async (bad, { expect }) => {
      const { tries, apply } = applying([bad]);
      const { applied, failed, postponed } = await bisect(numbers(100), apply, options());
      expect(failed).toEqual([bad]);
      expect(postponed).toEqual([]);
      expect(applied.toSorted((a, b) => a - b)).toEqual(numbers(100).filter((one) => one !== bad));
      expect(tries.length).toBeLessThanOrEqual(15);
    },
  );

  it("stops at an error that all would meet", async ({ expect }) => {
    const { tries, apply } = applying([7]);
    const result = await bisect(numbers(100), apply, {
      ...options(),
      isTransient: () => true,
    });
    expect(tries).toEqual([100]);
    expect(result.postponed).toEqual(numbers(100));
    expect(result.failed).toEqual([]);
  });

  it("postpones what is open when an outage begins half-way", async ({ expect }) => {
    let tries = 0;
    const result = await bisect(
      numbers(8),
      async (group) => {
        tries += 1;
        if (tries === 4) throw new Error("outage");
        if (group.includes(7)) throw new Error("bad");
        return 0;
      },
      { ...options(), isTransient: (error) => (error as Error).message === "outage" },
    );
    expect(result.applied).toEqual([0, 1, 2, 3]);
    expect(result.postponed.toSorted()).toEqual([4, 5, 6, 7]);
    expect(result.error).toEqual(new Error("outage"));
  });

  it("costs no more than it may, and loses none", async ({ expect }) => {
    const { tries, apply } = applying(numbers(100));
    const result = await bisect(numbers(100), apply, options(40));
    expect(tries.length).toBe(40);
    expect(result.failed.length).toBeGreaterThan(0);
    expect(result.failed.length + result.postponed.length).toBe(100);
  });
});
