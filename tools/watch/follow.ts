import type { RecordedResponse, ResponsesPage } from "../../src/api/answers.ts";

export type Polled =
  | { ok: true; responses: RecordedResponse[] }
  /** `passing`: the next time may go better. */
  | { ok: false; problem: string; passing: boolean };

/**
 * The queue may delay a record: it is stored after records that are younger. So each poll reads the
 * last minute again, and leaves out what it has shown.
 */
const OVERLAP_MS = 60_000;
const PAGE_ROWS = 1_000;

/** The first call gives the newest records. Each later one gives what was recorded since. */
export function followed(options: {
  url: string;
  token: string;
  blocked: boolean;
  last: number;
}): () => Promise<Polled> {
  const { url, token, blocked, last } = options;
  /** The ids within the overlap, with their times. */
  const shown = new Map<string, number>();
  let newestMs: number | undefined;

  return async () => {
    const responses: RecordedResponse[] = [];
    let after = newestMs === undefined ? null : String(Math.max(0, newestMs - OVERLAP_MS));
    for (;;) {
      const limit = after === null ? Math.max(1, last) : PAGE_ROWS;
      const query = new URLSearchParams({ limit: String(limit), blocked: String(blocked) });
      if (after !== null) query.set("after", after);
      const page = await ask(new URL(`/v1/friend-responses?${query}`, url), token);
      if (!page.ok) return page;
      responses.push(...page.responses);
      if (after === null || page.responses.length < limit) break;
      after = page.after;
    }
    const first = newestMs === undefined;
    newestMs = Math.max(newestMs ?? 0, ...responses.map(({ at }) => at));
    const fresh = responses.filter(({ id }) => !shown.has(id));
    for (const { id, at } of fresh) shown.set(id, at);
    for (const [id, at] of shown) if (at < newestMs - OVERLAP_MS) shown.delete(id);
    return { ok: true, responses: first && last === 0 ? [] : fresh };
  };
}

type Failed = Extract<Polled, { ok: false }>;

async function ask(url: URL, token: string): Promise<({ ok: true } & ResponsesPage) | Failed> {
  let response: Response;
  try {
    response = await fetch(url, { headers: { Authorization: `Bearer ${token}` } });
    if (response.ok) return { ok: true, ...((await response.json()) as ResponsesPage) };
  } catch {
    return {
      ok: false,
      problem: `${url.origin} cannot be reached: is it right, and does \`npm start\` run?`,
      passing: true,
    };
  }
  switch (response.status) {
    case 401:
      return { ok: false, problem: "the deployment has another API_TOKEN", passing: false };
    case 404:
      return { ok: false, problem: "the deployment has no API_TOKEN, or is older", passing: false };
    default:
      return { ok: false, problem: `HTTP ${response.status}`, passing: response.status >= 500 };
  }
}
