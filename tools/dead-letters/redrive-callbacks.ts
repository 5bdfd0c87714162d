import * as z from "zod";
import { REDRIVE_MAX_LETTERS } from "../../src/limits.ts";
import { interrupted } from "../lib/tool.ts";
import { reasonOf } from "../tencent/send.ts";

/** What became of a callback's dead letter. All but `redriven` wait as before. */
export type CallbackOutcome =
  | "redriven"
  /** Nobody said which Worker has the queue. */
  | "url-missing"
  | "api-token-missing"
  /** No such callback waits at the Worker. */
  | "not-there"
  /** The Worker could not be asked, or did not do it. */
  | "not-redriven";

export type RedrivenCallbacks = {
  outcomes: Map<string, CallbackOutcome>;
  /** Why the Worker did not answer as it should, and what to do. */
  problem?: { message: string; todo: string };
};

/** Several times what a request of the largest callbacks takes. */
const TIMEOUT_MS = 60_000;

const answerSchema = z.object({ redriven: z.array(z.string()) });

/**
 * Has the Worker put callbacks on their queue once more: only the Worker can do this. It stops at the first
 * request that fails.
 *
 * @param url of the Worker; its path is ignored
 */
export async function redriveCallbacks(
  ids: readonly string[],
  { url, apiToken }: { url: string | undefined; apiToken: string | undefined },
): Promise<RedrivenCallbacks> {
  const all = (outcome: CallbackOutcome) => new Map(ids.map((id) => [id, outcome]));
  if (ids.length === 0) return { outcomes: new Map() };
  if (url === undefined) return { outcomes: all("url-missing") };
  if (apiToken === undefined) return { outcomes: all("api-token-missing") };
  const outcomes = all("not-redriven");
  for (let from = 0; from < ids.length; from += REDRIVE_MAX_LETTERS) {
    const some = ids.slice(from, from + REDRIVE_MAX_LETTERS);
    const asked = await ask(some, url, apiToken);
    if (!asked.ok) return { outcomes, problem: asked };
    for (const id of some) outcomes.set(id, asked.redriven.includes(id) ? "redriven" : "not-there");
  }
  return { outcomes };
}

type Asked = { ok: true; redriven: string[] } | { ok: false; message: string; todo: string };

async function ask(ids: readonly string[], url: string, apiToken: string): Promise<Asked> {
  try {
    const response = await fetch(new URL("/v1/dead-letters/redrive", url), {
      method: "POST",
      headers: { Authorization: `Bearer ${apiToken}`, "Content-Type": "application/json" },
      body: JSON.stringify({ ids }),
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), interrupted]),
    });
    const text = await response.text();
    if (response.ok) return { ok: true, ...answerSchema.parse(JSON.parse(text)) };
    return { ok: false, ...problemOf(response.status) };
  } catch (error) {
    interrupted.throwIfAborted();
    const isOther = error instanceof z.ZodError || error instanceof SyntaxError;
    return {
      ok: false,
      message: isOther
        ? "what answers at --url is not friendgate"
        : `the Worker does not answer: ${reasonOf(error)}`,
      todo: "check --url, and whether the Worker is deployed (or `npm start` runs)",
    };
  }
}

function problemOf(status: number): { message: string; todo: string } {
  switch (status) {
    case 401:
      return {
        message: "the Worker refuses the API token",
        todo: "set API_TOKEN in the environment, to the deployment's",
      };
    case 404:
      return {
        message: "the Worker has nothing that redrives callbacks",
        todo: "check --url, and deploy this version",
      };
    default:
      return {
        message: `the Worker answered HTTP ${status}`,
        todo: "`npx wrangler tail`, or the terminal of `npm start`, shows why",
      };
  }
}
