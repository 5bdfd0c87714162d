import type { Answer, Explanation } from "../../src/blocklist/explain.ts";
import { shown } from "../../src/spreadsheet/written.ts";
import { kindsText } from "./kinds.ts";

/** An explanation as text for people. */
export function explanationText({ kinds, keys, answers }: Explanation): string {
  const shownKeys = keys.filter(({ isRead, rule }) => isRead || rule !== undefined);
  const width = Math.max(...shownKeys.map(({ key }) => key.length), 0);
  const lines = (isRead: boolean) =>
    shownKeys
      .filter((each) => each.isRead === isRead)
      .map(({ key, description }) => `  ${key.padEnd(width)}  ${description}`);
  const unread = lines(false);
  return [
    `Keys read (BLOCKLIST_KINDS is ${kindsText(kinds)}):`,
    ...lines(true),
    ...(unread.length === 0 ? [] : ["Not read, for BLOCKLIST_KINDS leaves the kind out:"]),
    ...unread,
    ...answers.flatMap((answer) => [
      ...(answers.length === 1
        ? []
        : [answer.about.action === "Request" ? "The request:" : "Its acceptance:"]),
      ...answerLines(answer),
    ]),
  ]
    .map(shown)
    .join("\n");
}

function answerLines({ decision, result }: Answer): string[] {
  const { decidedBy, observed, outcome } = decision;
  return [
    decidedBy
      ? `Decided by ${decidedBy.key}: ${outcome === "block" ? "refused" : "an exception, it passes"}.`
      : "No rule decides: it passes.",
    ...(observed ? [`Observed: ${observed.key} would have refused it.`] : []),
    `ResultItem: ${JSON.stringify(result)}`,
  ];
}
