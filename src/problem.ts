/** What a caller with a token is told when it gets no answer: RFC 9457, in one shape everywhere. */
const TITLES = {
  400: "Bad Request",
  401: "Unauthorized",
  404: "Not Found",
  500: "Internal Server Error",
  503: "Service Unavailable",
} as const;

/** @param detail what to do about it, in words that hold nothing of the request */
export function problem(status: keyof typeof TITLES, detail: string): Response {
  return Response.json(
    { title: TITLES[status], status, detail },
    {
      status,
      headers: {
        "Content-Type": "application/problem+json",
        ...(status === 401 && { "WWW-Authenticate": "Bearer" }),
      },
    },
  );
}
