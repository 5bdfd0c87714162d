import { D1_PARAMETER_MAX_BYTES } from "../limits.ts";
import { chunksWithin } from "./event.ts";

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
    byteLength,
  ).map((chunk) => `[${chunk.join(",")}]`);
  const sources = parameters.map((_, index) => `SELECT value FROM json_each(?${index + 1})`);
  return { parameters, source: `(${sources.join(" UNION ALL ")})` };
}

const encoder = new TextEncoder();

function byteLength(text: string): number {
  return encoder.encode(text).length;
}
