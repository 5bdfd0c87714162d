import { REASON_MAX_CHARS, RULE_CODE_MAX, RULE_CODE_MIN } from "../limits.ts";
import { ACTIONS, MODES, parseRule, ruleFields } from "./value.ts";

/** The fields of a rule as they are written, before any default. */
export type Fields = Partial<Record<keyof typeof shape, unknown>>;

const shape = ruleFields.shape;

/** What each field must be. The order is the one in which a value spells them. */
const MUST_BE: Record<keyof typeof shape, string> = {
  mode: `must be ${MODES.join(" or ")}`,
  code: `must be a whole number from ${RULE_CODE_MIN} to ${RULE_CODE_MAX}`,
  reason: "must be a text",
  actions: `must be a list of ${ACTIONS.join(", ")}`,
  platforms: "must be a list of texts",
  note: "must be a text",
};
const FIELDS = Object.keys(MUST_BE) as (keyof typeof shape)[];

/** The value that stands for these fields: plain text if there is only a reason. */
export function textOf(fields: Fields): string {
  const given = FIELDS.filter((field) => fields[field] !== undefined);
  const { reason } = fields;
  if (given.length === 1 && typeof reason === "string" && isPlain(reason)) return reason;
  return JSON.stringify(Object.fromEntries(given.map((field) => [field, fields[field]])));
}

/** The fields of a value. Undefined for one that the Worker cannot read as it was meant. */
export function fieldsOf(value: string): Fields | undefined {
  const text = value.trim();
  if (!text.startsWith("{")) return text === "" ? {} : { reason: text };
  return lintValue(value).length === 0 ? JSON.parse(text) : undefined;
}

/** What is wrong with a value, in words for the person who wrote it. */
export function lintValue(value: string): string[] {
  const text = value.trim();
  if (text === "") return ["the value is empty: write the reason, or {} for the usual one"];
  if (!text.startsWith("{")) return lintReason(text);

  let fields: Record<string, unknown>;
  try {
    fields = JSON.parse(text);
  } catch {
    return ["the value starts with { and is not JSON: it blocks with the defaults"];
  }
  return Object.entries(fields).flatMap(([name, field]) => {
    if (!isField(name)) return [`unknown field ${name}: the fields are ${FIELDS.join(", ")}`];
    if (!shape[name].safeParse(field).success) return [`${name} ${MUST_BE[name]}`];
    return name === "reason" ? lintReason(String(field)) : [];
  });
}

function lintReason(reason: string): string[] {
  if (!reason.isWellFormed()) return ["reason holds half a character"];
  return reason.length > REASON_MAX_CHARS
    ? [`reason has ${reason.length} characters and is cut after ${REASON_MAX_CHARS}`]
    : [];
}

/** wrangler would take a dash for an option. The Worker would take a brace for an object. */
function isPlain(reason: string): boolean {
  return !reason.startsWith("-") && parseRule(reason).reason === reason;
}

function isField(name: string): name is keyof typeof shape {
  return Object.hasOwn(shape, name);
}
