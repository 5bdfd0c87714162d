import { errorText } from "../lib/terminal.ts";
import { EXIT, interrupted, ToolError } from "../lib/tool.ts";

/** The error of work that was done in steps: why it ended, and how far it came. */
export function unfinished(error: unknown, reached: string, todo: string): ToolError {
  return interrupted.aborted
    ? new ToolError(`interrupted\n${reached}`, todo, EXIT.interrupted)
    : new ToolError(`${errorText(error)}\n${reached}`, todo);
}
