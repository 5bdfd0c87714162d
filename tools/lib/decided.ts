import type {
  RecordedRequest,
  RecordedResponse,
  RequestsPage,
  ResponsesPage,
} from "../../src/api/answers.ts";
import { interrupted } from "./tool.ts";

/** Which record to read, and of which deployment. `blocked`: only what was refused. */
export type DecidedSource = { url: string; token: string; blocked: boolean };

/** An item of one of the two records. `type` says which one. */
export type Decided =
  | ({ type: "request" } & RecordedRequest)
  | ({ type: "response" } & RecordedResponse);
export type DecidedType = Decided["type"];

export type DecidedRead =
  | { ok: true; decided: Decided[] }
  /** `passing`: the next try may succeed. */
  | Failed;
type Failed = { ok: false; problem: string; todo: string; passing: boolean };

const PAGE_ROWS = 1_000;

/** The newest records of a type, oldest first. */
export function readNewest(
  type: DecidedType,
  source: DecidedSource,
  limit: number,
): Promise<DecidedRead> {
  return ask(type, source, { limit });
}

/** Every record of a type after a moment, in its order. */
export async function readSince(
  type: DecidedType,
  source: DecidedSource,
  fromMs: number,
): Promise<DecidedRead> {
  const decided: Decided[] = [];
  let after: string | null = String(fromMs);
  while (after !== null) {
    const page: Page = await ask(type, source, { limit: PAGE_ROWS, after });
    if (!page.ok) return page;
    decided.push(...page.decided);
    after = page.decided.length < PAGE_ROWS ? null : page.after;
  }
  return { ok: true, decided };
}

type Page = { ok: true; decided: Decided[]; after: string | null } | Failed;

async function ask(
  type: DecidedType,
  { url, token, blocked }: DecidedSource,
  { limit, after }: { limit: number; after?: string },
): Promise<Page> {
  const query = new URLSearchParams({ limit: String(limit), blocked: String(blocked) });
  if (after !== undefined) query.set("after", after);
  const page = new URL(`/v1/friend-${type}s?${query}`, url);
  let response: Response;
  try {
    response = await fetch(page, {
      headers: { Authorization: `Bearer ${token}` },
      signal: interrupted,
    });
    if (response.ok) return pageOf(type, await response.json());
  } catch {
    interrupted.throwIfAborted();
    return {
      ok: false,
      problem: `${page.origin} cannot be reached`,
      todo: "see that the URL is right, and that npm start or the deployment runs",
      passing: true,
    };
  }
  switch (response.status) {
    case 401:
      return {
        ok: false,
        problem: "the deployment has another API_TOKEN",
        todo: "give the one that it has, in the environment or in .dev.vars",
        passing: false,
      };
    case 404:
      return {
        ok: false,
        problem: "the deployment has no API_TOKEN, or is older",
        todo: "deploy it with an API_TOKEN: npm run deploy",
        passing: false,
      };
    default:
      return {
        ok: false,
        problem: `${page.origin} answers HTTP ${response.status}`,
        todo: "see its log: npx wrangler tail",
        passing: response.status >= 500,
      };
  }
}

function pageOf(type: DecidedType, json: unknown): Page {
  const { after } = json as { after: string | null };
  const decided: Decided[] =
    type === "request"
      ? (json as RequestsPage).requests.map((record) => ({ type, ...record }))
      : (json as ResponsesPage).responses.map((record) => ({ type, ...record }));
  return { ok: true, decided, after };
}
