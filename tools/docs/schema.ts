import { codeOf, table } from "./markdown.ts";
import type { Schema } from "./openapi.ts";

/** What a value is, in words. */
export function typeOf(schema: Schema): string {
  const { $ref, anyOf, items, enum: values, const: only, type = "any", properties } = schema;
  if ($ref !== undefined) return linkTo($ref);
  if (anyOf !== undefined) return anyOf.map(typeOf).join(" or ");
  if (only !== undefined) return codeOf(String(only));
  if (values !== undefined && type !== "boolean")
    return values.map((value) => codeOf(String(value))).join(" or ");
  if (type === "array")
    return `list of ${items === undefined ? "any" : typeOf(items)}${size(schema)}`;
  if (properties !== undefined) return "object";
  return `${type}${size(schema)}`;
}

/** A row for each field, also for the fields of inner objects. */
export function fieldTable(schema: Schema): string {
  const rows = fieldsOf(schema, "").map(({ path, isRequired, field }) => [
    ...[codeOf(path), typeOf(field), isRequired ? "always" : "may be missing"],
    descriptionOf(field),
  ]);
  return table(["Field", "Type", "There", "What it is"], rows);
}

export function descriptionOf({ description, anyOf }: Schema): string {
  return description ?? anyOf?.find((each) => each.description !== undefined)?.description ?? "";
}

type Field = { path: string; isRequired: boolean; field: Schema };

function fieldsOf({ properties = {}, required = [] }: Schema, before: string): Field[] {
  return Object.entries(properties).flatMap(([name, field]) => {
    const path = `${before}${name}`;
    const list = field.type === "array" ? "[]" : "";
    return [
      { path, isRequired: required.includes(name), field },
      ...fieldsOf(field.items ?? field, `${path}${list}.`),
    ];
  });
}

function linkTo(ref: string): string {
  const name = ref.slice(ref.lastIndexOf("/") + 1);
  return `[${name}](#${name.toLowerCase()})`;
}

/** The bounds of a number, a text or a list, if it has bounds with a meaning. */
function size({
  type,
  minimum,
  maximum,
  minLength,
  maxLength,
  minItems,
  maxItems,
}: Schema): string {
  if (type === "string") return range(minLength, maxLength, " characters");
  if (type === "array") return range(minItems, maxItems, " entries");
  const isBound = (n?: number) => n !== undefined && Math.abs(n) < Number.MAX_SAFE_INTEGER;
  return range(isBound(minimum) ? minimum : undefined, isBound(maximum) ? maximum : undefined, "");
}

function range(min: number | undefined, max: number | undefined, unit: string): string {
  if (max === undefined) return min === undefined ? "" : `, at least ${min}${unit}`;
  return min === undefined ? `, at most ${max}${unit}` : `, ${min} to ${max}${unit}`;
}
