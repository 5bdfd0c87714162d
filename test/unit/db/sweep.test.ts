import { describe, it } from "vitest";
import { sharesOf } from "../../../src/db/sweep.ts";
import { DECIDED_SLICE_ROWS, SWEEP_STATEMENTS_PER_RUN } from "../../../src/limits.ts";

/** How many slices of so many statements a share allows. */
function drawn(draw: (statements: number) => boolean, statements: number, most = 1_000): number {
  let slices = 0;
  while (slices < most && draw(statements)) slices += 1;
  return slices;
}

describe("the statements of a run", () => {
  it("are never more than there are, however many take of them", ({ expect }) => {
    const share = sharesOf(900);
    const sizes = [1, 3, 4, 1, 1, 3, 1, 4, 1];
    const all = sizes.map((statements) => statements * drawn(share(), statements));
    expect(all.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(900);
    expect(all.every((each) => each > 0)).toBe(true);
  });

  it.for([
    [1, 450],
    [3, 150],
    [4, 112],
  ])(
    "of which a slice takes %i are half of all for the first: %i slices",
    ([size, slices], { expect }) => {
      expect(drawn(sharesOf(900)(), size as number)).toBe(slices);
    },
  );

  it("of a day let go of more records than thirty million", ({ expect }) => {
    const share = sharesOf(SWEEP_STATEMENTS_PER_RUN);
    // Requests come first, and have as large a backlog.
    drawn(share(), 1);
    expect(24 * drawn(share(), 1) * DECIDED_SLICE_ROWS).toBeGreaterThan(30_000_000);
  });

  it("that nobody needed are there for the others", ({ expect }) => {
    const share = sharesOf(900);
    for (let idle = 0; idle < 50; idle++) drawn(share(), 1, 1);
    expect(drawn(share(), 1)).toBe(425);
  });

  it("are one number for databases side by side", ({ expect }) => {
    const share = sharesOf(10);
    const [one, other, third] = [share(), share(), share()];
    expect([drawn(one, 1), drawn(other, 1), drawn(third, 1), drawn(share(), 1)]).toEqual([
      5, 5, 0, 0,
    ]);
  });

  it("are used to the last one", ({ expect }) => {
    const share = sharesOf(4);
    expect([2, 1, 1, 0].map(() => drawn(share(), 1))).toEqual([2, 1, 1, 0]);
  });
});
