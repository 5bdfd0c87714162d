/**
 * What D1 says when the database fails and not the data. An incomplete deploy counts too: a column that is
 * missing now will be there when the migration has run.
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
 * Whether the same statement may succeed later. Any other error counts as a fault of the data. To narrow it
 * down costs a few statements, and what remains is kept as a dead letter. To wait would hold back the good
 * messages.
 */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const text = messagesOf(error).toLowerCase();
  // A constraint error names our own rows and columns. Whatever their names are, it is about the data.
  if (text.includes("constraint failed")) return false;
  return TRANSIENT.some((words) => text.includes(words));
}

/** D1 wraps the error that happened. The cause often says more. */
function messagesOf(error: Error): string {
  return error.cause instanceof Error ? `${error.message} ${error.cause.message}` : error.message;
}
