import { chunksWithin } from "../events/chunks.ts";
import { D1_PARAMETER_MAX_BYTES } from "../limits.ts";

const encoder = new TextEncoder();

/**
 * Rows for one statement, however many: they travel as JSON, in as many parameters as D1's limit
 * for one of them asks for.
 *
 * @returns `parameters` to bind from ?1 on, and the `source` that gives a `value` for each row
 */
export function jsonRows(rows: readonly (readonly unknown[])[]): {
  parameters: string[];
  source: string;
} {
  const parameters = chunksWithin(
    rows.map((row) => JSON.stringify(row)),
    Number.POSITIVE_INFINITY,
    D1_PARAMETER_MAX_BYTES,
    // With the comma behind it.
    (row) => encoder.encode(row).length + 1,
  ).map((chunk) => `[${chunk.join(",")}]`);
  // Not a UNION ALL of json_each: D1 takes no more than five terms of one.
  const values = parameters.map((_, index) => `(?${index + 1})`).join(", ");
  return { parameters, source: `(VALUES ${values}) AS parameter, json_each(parameter.column1)` };
}
