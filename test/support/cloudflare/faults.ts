/** What a test wants to go wrong. A fault without a method or a path is one of every request. */
export type Fault = {
  /** `POST`, or a pattern: /POST|PUT|PATCH|DELETE/ is everything that writes. */
  method?: string | RegExp;
  /** Without `/client/v4`: /\/queues$/. */
  path?: RegExp;
  /** How many such requests pass first; 0 unless given. */
  after?: number;
  /** How many fail then; all of them unless given. */
  times?: number;
  /** What Cloudflare does, or that the line is cut. */
  answer: { status: number; code: number; message: string } | "cut";
  /** The line is cut, but the request was carried out: nobody tells the client. */
  carriedOut?: boolean;
};

/** A token that lacks a permission. */
export const FORBIDDEN = { status: 403, code: 10000, message: "Authentication error" } as const;

export class Faults {
  #faults: { fault: Fault; seen: number }[] = [];

  add(fault: Fault): void {
    this.#faults.push({ fault, seen: 0 });
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault that strikes this request, which counts for each fault that it fits. */
  of(method: string, path: string): Fault | undefined {
    const fitting = this.#faults.filter(({ fault }) => fits(fault, method, path));
    for (const entry of fitting) entry.seen += 1;
    return fitting.find(({ fault, seen }) => {
      const number = seen - (fault.after ?? 0);
      return number > 0 && number <= (fault.times ?? Number.POSITIVE_INFINITY);
    })?.fault;
  }
}

function fits({ method, path }: Fault, given: string, where: string): boolean {
  const methodFits =
    method === undefined || (typeof method === "string" ? method === given : method.test(given));
  return methodFits && (path?.test(where) ?? true);
}
