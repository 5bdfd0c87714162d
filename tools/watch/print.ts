import { styleText } from "node:util";
import { shown } from "../../src/spreadsheet/written.ts";
import { fitted } from "../lib/columns.ts";
import type { Decided } from "../lib/decided.ts";

type Cells = Record<"time" | "outcome" | "from" | "to" | "action" | "platform" | "rule", string>;
type Widths = Record<keyof Cells, number>;

/** A narrower terminal has no room for the day. The day seldom changes. */
const WIDTH_WITH_DAY = 100;
const ID_MAX_CELLS = 20;
const GAP = "  ";

export function header(columns: number): string {
  const time = columns < WIDTH_WITH_DAY ? "UTC" : "time (UTC)";
  const names = { outcome: "outcome", from: "from", to: "to", action: "action" };
  return styleText("bold", row({ time, ...names, platform: "platform", rule: "rule" }, columns));
}

/**
 * One record in the columns of a terminal. For a request, `from` is who asks. For a response, it is who
 * answers. Refused ones are red. Observed ones are yellow.
 */
export function lineOf(decided: Decided, columns: number): string {
  const { type, at, code, responderId, applicantId, platform, ruleKey, observedKey } = decided;
  const isRequest = type === "request";
  const time = new Date(at).toISOString().slice(0, 19).replace("T", " ");
  const text = row(
    {
      time: columns < WIDTH_WITH_DAY ? time.slice(11) : time,
      outcome: code === 0 ? (observedKey === null ? "passed" : "observed") : String(code),
      from: isRequest ? applicantId : responderId,
      to: isRequest ? responderId : applicantId,
      action: isRequest ? "Request" : decided.action,
      platform: platform ?? "",
      rule: observedKey ?? ruleKey ?? "",
    },
    columns,
  );
  if (code !== 0) return styleText("red", text);
  return observedKey === null ? text : styleText("yellow", text);
}

function row(cells: Cells, columns: number): string {
  const text = Object.entries(widthsFor(columns))
    .map(([name, width]) => fitted(shown(cells[name as keyof Cells]), width))
    .join(GAP);
  return fitted(text, columns).trimEnd();
}

/** Accounts and the rule share the space that the other columns leave. */
function widthsFor(columns: number): Widths {
  const fixed = { time: columns < WIDTH_WITH_DAY ? 8 : 19, outcome: 8, action: 11, platform: 8 };
  const used = Object.values(fixed).reduce((sum, width) => sum + width, 0) + 6 * GAP.length;
  const rest = Math.max(columns - used, 15);
  const id = Math.min(ID_MAX_CELLS, Math.floor(rest / 3));
  return {
    time: fixed.time,
    outcome: fixed.outcome,
    from: id,
    to: id,
    action: fixed.action,
    platform: fixed.platform,
    rule: rest - 2 * id,
  };
}
