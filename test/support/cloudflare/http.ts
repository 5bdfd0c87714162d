/** What the double's rooms say to each other: a request that was read, and an answer to give. */

export type Call = {
  method: string;
  /** Without the query string, and without the `/client/v4` before it. */
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: Buffer;
  /** What stands in the path where the route has a `:name`. */
  params: Record<string, string>;
};

/** An answer that is not Cloudflare's envelope: a value of KV, or of an upload. */
export type Plain = { status: number; headers?: Record<string, string>; body: Buffer | string };

/** `result`, with `result_info` beside it where there are pages. */
export type Success = { result: unknown; info?: Record<string, unknown> };

export type Answer = { success: Success } | { plain: Plain };

export type Handler = (call: Call) => Answer | Promise<Answer>;

/** By method and path: `GET /accounts/:account/queues/:id`. */
export type Routes = Record<string, Handler>;

/** Cloudflare says no: a status, and a code that wrangler looks for. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: number;

  constructor(status: number, code: number, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

export function ok(result: unknown, info?: Record<string, unknown>): Answer {
  return { success: info === undefined ? { result } : { result, info } };
}

export function json<T>({ body }: Call): T {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    throw new ApiError(400, 10026, "Could not parse request body: it is not JSON.");
  }
}

export function param({ params }: Call, name: string): string {
  return params[name] ?? "";
}

/** One page of a list, as `page` and `per_page` ask for it. */
export function page<T>(items: readonly T[], { query }: Call, most = 1000): Answer {
  const size = Math.min(Number(query.get("per_page") ?? 20), most);
  const number = Number(query.get("page") ?? 1);
  const part = items.slice((number - 1) * size, number * size);
  return ok(part, { page: number, per_page: size, count: part.length, total_count: items.length });
}

/** The parts of a multipart body. */
export function formOf({ headers, body }: Call): Promise<FormData> {
  return new Response(new Uint8Array(body), {
    headers: { "content-type": headers.get("content-type") ?? "" },
  }).formData();
}
