import { styleText } from "node:util";
import type { RecordedResponse } from "../../src/api/answers.ts";
import { shown } from "../lib/terminal.ts";

const WIDTHS = { time: 19, outcome: 9, from: 20, to: 20, action: 11, platform: 8 };

export function header(): string {
  return styleText(
    "bold",
    row("time (UTC)", "outcome", "from", "to", "action", "platform", "rule"),
  );
}

/** One record in columns. Refused ones are red, ones that a rule only observed are yellow. */
export function lineOf(response: RecordedResponse): string {
  const { at, code, responderId, applicantId, action, platform, ruleKey, observedKey } = response;
  const outcome = code === 0 ? (observedKey === null ? "passed" : "observed") : String(code);
  const text = row(
    new Date(at).toISOString().slice(0, 19).replace("T", " "),
    outcome,
    responderId,
    applicantId,
    action,
    platform ?? "",
    observedKey ?? ruleKey ?? "",
  );
  if (code !== 0) return styleText("red", text);
  return observedKey === null ? text : styleText("yellow", text);
}

function row(
  time: string,
  outcome: string,
  from: string,
  to: string,
  action: string,
  platform: string,
  rule: string,
): string {
  return [
    cell(time, WIDTHS.time),
    cell(outcome, WIDTHS.outcome),
    cell(from, WIDTHS.from),
    cell(to, WIDTHS.to),
    cell(action, WIDTHS.action),
    cell(platform, WIDTHS.platform),
    shown(rule),
  ]
    .join("  ")
    .trimEnd();
}

function cell(text: string, width: number): string {
  const characters = [...shown(text)];
  return characters.length > width
    ? `${characters.slice(0, width - 1).join("")}…`
    : characters.join("").padEnd(width);
}
