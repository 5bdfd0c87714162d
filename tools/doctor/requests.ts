import * as z from "zod";
import { interrupted } from "../lib/tool.ts";
import { type Finding, ok, unknown, warning } from "./finding.ts";

const period = z.object({ lastDay: z.object({ answered: z.int() }) });
const statsSchema = period.extend({ requests: period });

const TIMEOUT_MS = 10_000;
const WHAT = "friend requests";

/** Whether Tencent asks about friend requests. That callback has its own switch. */
export async function requestsFinding(url: string, apiToken: string): Promise<Finding> {
  try {
    const response = await fetch(new URL("/v1/stats", url), {
      headers: { Authorization: `Bearer ${apiToken}` },
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), interrupted]),
    });
    const { requests, lastDay } = statsSchema.parse(await response.json());
    return recordedFinding({ requests: requests.lastDay.answered, responses: lastDay.answered });
  } catch {
    return unknown(WHAT, "this deployment does not tell", "deploy the newest version");
  }
}

/** @param recorded within a day */
export function recordedFinding(recorded: { requests: number; responses: number }): Finding {
  const { requests, responses } = recorded;
  if (requests > 0) return ok(WHAT, `${requests} recorded within a day`);
  const todo = "is Before a Friend Is Added switched on in the IM console?";
  return responses > 0
    ? warning(WHAT, `none recorded within a day, and ${responses} friend responses`, todo)
    : unknown(WHAT, "none recorded within a day, and no friend response", todo);
}
