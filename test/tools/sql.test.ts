import { DatabaseSync } from "node:sqlite";
import fc from "fast-check";
import { describe, it } from "vitest";
import { withParameters } from "../../tools/lib/sql.ts";

describe("a statement with its parameters", () => {
  it.for([
    ["SELECT ?1, ?2, ?1", ["a", 1], "SELECT 'a', 1, 'a'"],
    ["SELECT ?1", ["it's"], "SELECT 'it''s'"],
    ["SELECT ?1, ?2", ["?2 $& $1", null], "SELECT '?2 $& $1', NULL"],
  ] as const)("of %s", ([sql, parameters, text], { expect }) => {
    expect(withParameters(sql, parameters)).toBe(text);
  });

  it("gives SQLite the texts that were meant", ({ expect }) => {
    const database = new DatabaseSync(":memory:");
    const text = fc.string({ unit: fc.constantFrom("'", "\0", "?1", "--", ";", "小", "👋", "\n") });
    fc.assert(
      fc.property(text, text, (a, b) => {
        const sql = withParameters("SELECT length(CAST(?1 AS BLOB)) AS bytes, ?1 AS a, ?2 AS b", [
          a,
          b,
        ]);
        // Of a text with a NUL this driver hands over the beginning only: the bytes are counted too.
        expect(database.prepare(sql).get()).toMatchObject({ bytes: Buffer.byteLength(a) });
        expect(sql).not.toContain("\0");
        if (!`${a}${b}`.includes("\0")) expect(database.prepare(sql).get()).toMatchObject({ a, b });
      }),
    );
    database.close();
  });

  it.for([[undefined], [Number.NaN], [{}]])("takes no %s", ([value], { expect }) => {
    expect(() => withParameters("SELECT ?1", [value])).toThrow(TypeError);
  });
});
