import type { Config } from "../lib/config.ts";
import { ToolError } from "../lib/tool.ts";

/** What the steps hand on to each other. */
export type Deployment = {
  env: string | undefined;
  /** Only says what it would do. */
  isDryRun: boolean;
  /** Whether somebody is there to answer. */
  isInteractive: boolean;
  /** With the ids that the steps have found. */
  config: Config;
  /** Whether there is a Worker of this name, and which secrets it has. */
  worker: { exists: boolean; secrets: string[] };
  /** Secrets to upload. */
  secrets: Record<string, string>;
  /** Those of `secrets` that were made here. Somebody has to see them once. */
  made: string[];
  /** Where the Worker answers. Undefined if no address was printed. */
  url: string | undefined;
  signal: AbortSignal;
};

/** What a step has done. */
export type Done = { did: string; warning?: string };

export type Step = { name: string; run: (deployment: Deployment) => Promise<Done> };

/** A step that cannot be done, and what to do about it. */
export class StepError extends ToolError {
  override name = "StepError";
}

/** Says what would be done, or does it. */
export async function does(
  { isDryRun }: Deployment,
  did: string,
  would: string,
  run: () => Promise<unknown>,
): Promise<Done> {
  if (isDryRun) return { did: would };
  await run();
  return { did };
}
