import { chunksWithin } from "../events/chunks.ts";
import { D1_PARAMETER_MAX_BYTES } from "../limits.ts";

const encoder = new TextEncoder();

/**
 * Gives any number of rows to one statement, as JSON. D1 limits the size of a parameter, so the rows take as
 * many parameters as they need.
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
    (row) => encoder.encode(row).length,
  ).map((chunk) => `[${chunk.join(",")}]`);
  // This is not a UNION ALL of json_each: D1 takes at most five terms in one.
  const values = parameters.map((_, index) => `(?${index + 1})`).join(", ");
  return { parameters, source: `(VALUES ${values}) AS parameter, json_each(parameter.column1)` };
}
