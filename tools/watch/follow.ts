import type { RecordedResponse, ResponsesPage } from "../../src/api/answers.ts";
import { interrupted } from "../lib/tool.ts";

export type Polled =
  | { ok: true; responses: RecordedResponse[] }
  /** `passing`: the next time may go better. */
  | { ok: false; problem: string; todo: string; passing: boolean };

/**
 * The queue may delay a record: it is stored after records that are younger. So each poll reads the
 * last minute again, and leaves out what it has shown.
 */
const OVERLAP_MS = 60_000;
const PAGE_ROWS = 1_000;

/**
 * The first call gives the newest records, the oldest of them first. Each later one gives what was
 * recorded since.
 */
export function followed({ last, ...source }: Source & { last: number }): () => Promise<Polled> {
  /** The ids within the overlap, with their times. */
  const seen = new Map<string, number>();
  let newestMs: number | undefined;

  return async () => {
    const newest =
      newestMs === undefined ? await ask(source, { limit: Math.max(1, last) }) : undefined;
    if (newest && !newest.ok) return newest;
    const begin = newest?.responses ?? [];
    const fromMs = Math.max(0, newestMs ?? 0, ...begin.map(({ at }) => at)) - OVERLAP_MS;
    // Also at first: what is older than the newest ones, and within the overlap, is not new later.
    const since = await readSince(source, Math.max(0, fromMs));
    if (!since.ok) return since;

    const inOverlap = new Set(since.responses.map(({ id }) => id));
    const all = [...begin.filter(({ id }) => !inOverlap.has(id)), ...since.responses];
    const fresh = all.filter(({ id }) => !seen.has(id));
    newestMs = Math.max(newestMs ?? 0, ...all.map(({ at }) => at));
    for (const { id, at } of fresh) seen.set(id, at);
    for (const [id, at] of seen) if (at < newestMs - OVERLAP_MS) seen.delete(id);
    return {
      ok: true,
      responses: newest ? fresh.slice(fresh.length - Math.min(last, fresh.length)) : fresh,
    };
  };
}

type Source = { url: string; token: string; blocked: boolean };

/** Everything behind a moment, in its order. */
async function readSince(source: Source, fromMs: number): Promise<Polled> {
  const responses: RecordedResponse[] = [];
  let after: string | null = String(fromMs);
  while (after !== null) {
    const page: Page = await ask(source, { limit: PAGE_ROWS, after });
    if (!page.ok) return page;
    responses.push(...page.responses);
    after = page.responses.length < PAGE_ROWS ? null : page.after;
  }
  return { ok: true, responses };
}

type Page = ({ ok: true } & ResponsesPage) | Failed;
type Failed = Extract<Polled, { ok: false }>;

async function ask(
  { url, token, blocked }: Source,
  { limit, after }: { limit: number; after?: string },
): Promise<Page> {
  const query = new URLSearchParams({ limit: String(limit), blocked: String(blocked) });
  if (after !== undefined) query.set("after", after);
  const page = new URL(`/v1/friend-responses?${query}`, url);
  let response: Response;
  try {
    response = await fetch(page, {
      headers: { Authorization: `Bearer ${token}` },
      signal: interrupted,
    });
    if (response.ok) return { ok: true, ...((await response.json()) as ResponsesPage) };
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
