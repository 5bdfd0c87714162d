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
 * What a line may hold: words that friendgate chose, numbers and identifiers of requests. Never an
 * account, a remark, a token, a Sign, a body, or the text of an error, which may quote any of them.
 */
export type LogFields = Record<string, string | number | boolean | undefined>;

export type Log = (event: LogEvent, fields: LogFields) => void;

/** One JSON object a line. `failed` is what an operator can alert on. */
export function logWith(context: LogFields): Log {
  return (event, fields) => {
    const line = JSON.stringify({ event, ...context, ...fields });
    if (event === "failed") console.error(line);
    else console.log(line);
  };
}

/** A log without context. */
export const log: Log = logWith({});

/** The kind of an error, which is all that is logged of it. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : typeof error;
}

/** The name of what failed, or `timeout`. */
export function failureName(
  failure: { reason: "timeout" } | { reason: "error"; error: unknown },
): string {
  return failure.reason === "error" ? errorName(failure.error) : failure.reason;
}
