import { latencyOf, latencyText } from "../lib/latency.ts";
import { shownJson } from "../lib/terminal.ts";
import { REPLY_TIMEOUT_MS } from "../tencent/effect.ts";
import type { Figures } from "./progress.ts";
import type { TrafficResult } from "./traffic.ts";

export type Report = {
  figures: Figures;
  elapsedMs: number;
  result: TrafficResult;
  /** The command that removes the rows; undefined where nothing was taken. */
  removal: string | undefined;
};

/** Of each kind of difference, so many pairs are shown. */
const SHOWN_PAIRS = 10;

/** What traffic has found, each figure with what it says. */
export function reportText(report: Report): string {
  const { figures, elapsedMs, result, removal } = report;
  const { missing, extra, stale, unsure } = result.difference;
  const latency = latencyOf(figures.durationsMs);
  const seconds = (elapsedMs / 1000).toFixed(1);
  const rows: [count: number, name: string, meaning: string][] = [
    [
      figures.sent,
      "sent",
      `callbacks, in ${seconds} s${latency ? `: ${latencyText(latency)}` : ""}`,
    ],
    [figures.ok, "OK", `answered as the protocol wants it, within ${REPLY_TIMEOUT_MS / 1000} s`],
    [figures.failed, "failed", "answered otherwise, late, or not at all"],
    [
      figures.blocked,
      "refused",
      "friend responses that the blocklist refused: no friend was added",
    ],
    [
      result.misled,
      "misled",
      "pairs that end otherwise than they happened: a younger change came first",
    ],
    [result.friends, "friendships", "what the table must have, by the order of arrival"],
    [missing.length, "missing", "friends by that truth, and not in the table"],
    [extra.length, "extra", "in the table, and no callback ever said so"],
    [stale.length, "stale", "in the table as an earlier callback said: deleted or changed since"],
    [unsure, "not compared", "pairs of callbacks without an OK: nobody can know"],
  ];
  const pairs = Object.entries({ missing, extra, stale }).flatMap(([name, list]) =>
    list.slice(0, SHOWN_PAIRS).map((pair) => `  ${name}: ${shownJson(pair)}`),
  );
  return [
    ...rows.map(([count, name, what]) => `${name.padEnd(13)}${String(count).padStart(8)}  ${what}`),
    ...pairs,
    ...(removal === undefined
      ? []
      : ["", "To remove what its users have left in the tables:", removal]),
  ].join("\n");
}

export function reportJson({ figures, elapsedMs, result, removal }: Report) {
  const { durationsMs, blocked: refused, ...counts } = figures;
  const { missing, extra, stale, unsure: notCompared } = result.difference;
  return {
    ...counts,
    refused,
    elapsedMs: Math.round(elapsedMs),
    latencyMs: latencyOf(durationsMs) ?? null,
    misled: result.misled,
    friendships: result.friends,
    missing,
    extra,
    stale,
    notCompared,
    removal: removal ?? null,
  };
}
