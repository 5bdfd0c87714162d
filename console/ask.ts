/** Why there is no answer, as far as the reader can do something. */
export type Failure = {
  kind:
    | "unreachable"
    | "signed-out"
    | "forbidden"
    | "too-many"
    | "away"
    | "refused"
    | "missing"
    | "failed";
  status: number;
  /** In the Worker's words, which are English. */
  detail: string;
  /** The errors of a rule, and the doubts about it. */
  problems: string[];
  doubts: string[];
  retryAfterSeconds?: number;
};

export type Answer<T> = { ok: true; value: T } | { ok: false; failure: Failure };

export type Question = {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
};

/** The Worker is faster than this with every answer in one piece. */
const GIVE_UP_MS = 30_000;

/** Asks the Worker from which this page came. */
export async function ask<T>(path: string, question: Question = {}): Promise<Answer<T>> {
  const { method = "GET", body, signal } = question;
  const timeout = AbortSignal.timeout(GIVE_UP_MS);
  try {
    const response = await fetch(path, {
      method,
      // A form on another page cannot send this.
      headers: { "X-Friendgate-Console": "1", "Content-Type": "application/json" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    const isProblem = response.headers.get("Content-Type")?.includes("problem") ?? false;
    const text = await response.text();
    // A degraded Worker answers with 503 and all figures. That is an answer, too.
    if (response.ok || (response.status === 503 && !isProblem && text.startsWith("{"))) {
      return { ok: true, value: (text === "" ? undefined : JSON.parse(text)) as T };
    }
    return { ok: false, failure: failureOf(response, text) };
  } catch {
    return { ok: false, failure: failed("unreachable") };
  }
}

export function failed(kind: Failure["kind"], status = 0): Failure {
  return { kind, status, detail: "", problems: [], doubts: [] };
}

const KINDS: Record<number, Failure["kind"]> = {
  400: "refused",
  401: "signed-out",
  403: "forbidden",
  404: "missing",
  429: "too-many",
  503: "away",
};

function failureOf({ status, headers }: Response, text: string): Failure {
  const retryAfter = Number(headers.get("Retry-After") ?? Number.NaN);
  return {
    ...failed(KINDS[status] ?? "failed", status),
    ...toldIn(text),
    ...(Number.isFinite(retryAfter) && { retryAfterSeconds: retryAfter }),
  };
}

/** From a problem of RFC 9457. */
function toldIn(text: string): Pick<Failure, "detail" | "problems" | "doubts"> {
  try {
    const { detail = "", problems = [], doubts = [] } = JSON.parse(text);
    return { detail, problems, doubts };
  } catch {
    return { detail: "", problems: [], doubts: [] };
  }
}
