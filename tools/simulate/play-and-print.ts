import { type TargetOptions, targetOf } from "../lib/target.ts";
import { EXIT, interrupted, printJson, say } from "../lib/tool.ts";
import { whatToCheck } from "../tencent/refusal.ts";
import { type Played, play } from "./callback.ts";
import { printed } from "./print.ts";

/** Sends a callback, prints the result, and sets the exit code. */
export async function playAndPrint(
  options: TargetOptions & { json?: true },
  command: string | undefined,
  body: string,
): Promise<void> {
  const played = await play(targetOf(options), command, body);
  interrupted.throwIfAborted();
  const { sent, effect, problem } = played;
  if (options.json) printJson(jsonOf(played));
  else console.log(printed(sent, effect, { command, problem }));
  const { received } = sent;
  const todo = received.ok
    ? whatToCheck(received.status)
    : "see whether the server runs, and --url";
  if (todo !== undefined) say(received.ok ? `HTTP ${received.status}` : received.error, todo);
  process.exitCode = exitCodeOf(played);
}

function exitCodeOf({ sent, effect, problem }: Played): number {
  if (!sent.received.ok) return EXIT.unreachable;
  const isAllowed = effect.problems.length === 0 && problem === undefined;
  return effect.ok && isAllowed && !effect.blocked ? EXIT.done : EXIT.no;
}

/** Leaves out the URL, which has the Sign. */
function jsonOf({ sent: { received }, effect, problem }: Played) {
  return {
    reply: received.ok ? { status: received.status, body: received.text } : null,
    elapsedMs: Math.round(received.elapsedMs),
    outcome: effect.outcome,
    blocked: effect.blocked,
    says: effect.says,
    items: effect.items,
    problems: [...(problem === undefined ? [] : [problem]), ...effect.problems],
  };
}
