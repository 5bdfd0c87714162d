import { reasonOf } from "../tencent/send.ts";
import { backoffMs, TRIES_MAX } from "./backoff.ts";
import { CLOCK, type Clock } from "./clock.ts";
import { ToolError, UsageError } from "./tool.ts";

/** Whom to ask. */
export type DeploymentOptions = {
  /** Any URL of the deployment. */
  url: string;
  token: string;
  signal: AbortSignal;
  clock?: Clock;
};

type Asking = DeploymentOptions & {
  path: string;
  method: string;
  body?: object;
  /** Ends the request that is under way. `signal` ends the wait for the next one. */
  ends: AbortSignal;
};

const TIMEOUT_MS = 60_000;

/**
 * Asks again until a new question would not change the answer.
 *
 * @throws what to do about it, if there is no answer, or if every question would get the same one
 */
export async function ask(asking: Asking): Promise<{ response: Response; text: string }> {
  const { url, signal, clock = CLOCK } = asking;
  for (let tries = 1; ; tries += 1) {
    const answered = await once(asking);
    if ("response" in answered) {
      const { status } = answered.response;
      if (status === 401) throw tokenIsWrong();
      if (status === 404) throw cannot(url);
      if (status < 500 && status !== 429) return answered;
    }
    if (tries === TRIES_MAX) {
      const why = "response" in answered ? statusText(answered) : answered.error;
      throw new ToolError(
        `${new URL(url).origin} does not answer as it should: ${why}`,
        "see its log (npx wrangler tail); the same command goes on where this one has ended",
      );
    }
    await clock.wait(backoffMs(tries, Math.random()), signal);
  }
}

/** Why an answer says no. */
export function detailIn(text: string): string {
  return detailOf(text) ?? "without a reason";
}

type Answered = { response: Response; text: string } | { error: string };

async function once({ url, token, path, method, body, ends }: Asking): Promise<Answered> {
  try {
    const response = await fetch(new URL(path, url), {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body !== undefined && { "Content-Type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), ends]),
    });
    return { response, text: await response.text() };
  } catch (error) {
    ends.throwIfAborted();
    return { error: reasonOf(error) };
  }
}

function tokenIsWrong(): ToolError {
  return new UsageError(
    "the deployment has another API_TOKEN",
    "give the one that it has, in the environment or in .dev.vars",
  );
}

function cannot(url: string): ToolError {
  return new UsageError(
    `${new URL(url).origin} has no API_TOKEN, or is older than this tool`,
    "deploy the newest version with an API_TOKEN: npm run deploy",
  );
}

function statusText({ response, text }: { response: Response; text: string }): string {
  const detail = detailOf(text);
  return `HTTP ${response.status}${detail === undefined ? "" : `: ${detail}`}`;
}

function detailOf(text: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(text);
    return detail ?? title;
  } catch {
    return undefined;
  }
}
