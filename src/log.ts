/** The events that docs/operations.md lists. */
export type LogEvent =
  | "accepted"
  | "refused"
  | "decided"
  | "broken-rule"
  | "enqueued"
  | "applied"
  | "passed-on"
  | "kept"
  | "delivered"
  | "over-quota"
  | "retried"
  | "reconciled"
  | "cleaned-up"
  | "filtered"
  | "failed";

/**
 * What a line may hold: words that friendgate chose, numbers and identifiers of requests. It never holds
 * an account, a remark, a token, a Sign, or a body. Nor does it hold the text of an error, which may quote
 * any of them.
 */
export type LogFields = Record<string, string | number | boolean | undefined>;

export type Log = (event: LogEvent, fields: LogFields) => void;

/** Writes one JSON object per line. An operator can alert on `failed`. */
export function logWith(context: LogFields): Log {
  return (event, fields) => {
    const line = JSON.stringify({ event, ...context, ...fields });
    if (event === "failed") console.error(line);
    else console.log(line);
  };
}

/** A log without context. */
export const log: Log = logWith({});

/** The kind of an error. Nothing else about an error is logged. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** The name of what failed, or `timeout`. */
export function failureName(
  failure: { reason: "timeout" } | { reason: "error"; error: unknown },
): string {
  return failure.reason === "error" ? errorName(failure.error) : failure.reason;
}
