/**
 * What D1 says when it is the database that fails and not the data. An incomplete deploy counts
 * too: a column that is missing now will be there when the migration has run.
 * https://developers.cloudflare.com/d1/observability/debug-d1/
 */
const TRANSIENT = [
  "network connection lost",
  "caused object to be reset",
  "reset because its code was updated",
  "transient issue",
  "internal error",
  "overloaded",
  "too many requests",
  "timed out",
  "timeout",
  "client disconnected",
  "connection refused",
  "connection reset",
  "fetch failed",
  "database is locked",
  "disk i/o error",
  "sqlite_busy",
  "sqlite_full",
  "maximum db size",
  "maximum account storage limit",
  "readonly database",
  "no such table",
  "no such column",
  "has no column named",
];

/**
 * Whether the same statement may succeed later. Anything else is taken for the data's own fault:
 * narrowing it down costs a few statements, and what remains of it is kept as a dead letter, while
 * waiting would hold back the messages that are good.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const text = messagesOf(error).toLowerCase();
  // A constraint names rows and columns of ours: whatever they are called, it is about the data.
  if (text.includes("constraint failed")) return false;
  return TRANSIENT.some((words) => text.includes(words));
}

/** D1 wraps what happened: the cause often says more. */
function messagesOf(error: Error): string {
  return error.cause instanceof Error ? `${error.message} ${error.cause.message}` : error.message;
}
