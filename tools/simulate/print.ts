import { type Effect, REPLY_TIMEOUT_MS } from "../tencent/effect.ts";
import type { Sent } from "../tencent/send.ts";

/** A callback and what became of it, for people. */
export function printed(sent: Pick<Sent, "url" | "body" | "received">, effect: Effect): string {
  const { received } = sent;
  const answer = received.ok
    ? [`reply     HTTP ${received.status}`, ...indented(pretty(received.text))]
    : [`reply     none: ${received.error}`];
  return [
    `request   POST ${sent.url}`,
    ...indented(sent.body === "" ? "(no body)" : pretty(sent.body)),
    ...answer,
    `took      ${Math.round(received.elapsedMs)} ms of the ${REPLY_TIMEOUT_MS} ms that Tencent waits`,
    `Tencent   ${effect.says}`,
    ...effect.items.map(
      ({ account, blocked, because }) =>
        `          ${blocked ? "BLOCKED" : "passes "}  ${account} (${because})`,
    ),
    effect.problems.length === 0
      ? "protocol  allows this reply"
      : `protocol  does not allow this reply: ${effect.problems.join("; ")}`,
  ].join("\n");
}

/** JSON with a line for each member; other text as it is. */
function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function indented(text: string): string[] {
  return text.split("\n").map((line) => `          ${line}`);
}
