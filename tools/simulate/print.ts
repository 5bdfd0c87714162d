import { shown } from "../../src/spreadsheet/written.ts";
import { isBefore } from "../../src/tencent/commands.ts";
import type { Effect } from "../tencent/effect.ts";
import type { Sent } from "../tencent/send.ts";

/** A callback and its result, for people. The bodies are exactly those of the wire. */
export function printed(
  sent: Pick<Sent, "url" | "body" | "received">,
  effect: Effect,
  { command, problem }: { command: string | undefined; problem: string | undefined },
): string {
  const { received } = sent;
  const took = `${Math.round(received.elapsedMs)} ms`;
  const reply = received.ok
    ? [`reply     HTTP ${received.status} in ${took}`, ...indented(received.text)]
    : [`reply     none: ${received.error} after ${took}`];
  return [
    `request   POST ${sent.url}`,
    ...indented(sent.body),
    ...reply,
    `Tencent   ${effect.says}`,
    ...effect.items.map(
      ({ account, blocked, because }) =>
        `          ${blocked ? "BLOCKED" : "passes "}  ${account} (${because})`,
    ),
    protocolLine(effect, command, problem),
  ]
    .map(shown)
    .join("\n");
}

function protocolLine(
  { problems }: Effect,
  command: string | undefined,
  problem: string | undefined,
): string {
  if (problem !== undefined) return `protocol  has no such callback: ${problem}`;
  const when = command === undefined ? "" : ` ${isBefore(command) ? "before" : "after"} an action`;
  return problems.length === 0
    ? `protocol  allows this reply${when}`
    : `protocol  does not allow this reply${when}: ${problems.join("; ")}`;
}

function indented(text: string): string[] {
  return (text === "" ? "(no body)" : text).split("\n").map((line) => `          ${line}`);
}
