const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  410: "Gone",
  429: "Too Many Requests",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

/** What a caller with a token is told if it gets no answer. It is RFC 9457, in one shape everywhere. */
export type Problem = { title: string; status: number; detail: string };

export const PROBLEM_TYPE = { "Content-Type": "application/problem+json" };

/** @param detail what to do about it; the words repeat nothing of the request */
export function problemOf(status: keyof typeof TITLES, detail: string): Problem {
  return { title: TITLES[status], status, detail };
}

export function problem(status: keyof typeof TITLES, detail: string): Response {
  return Response.json(problemOf(status, detail), {
    status,
    headers: {
      ...PROBLEM_TYPE,
      "Cache-Control": "no-store",
      ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
    },
  });
}
