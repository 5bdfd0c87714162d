/** A day, or a moment with its offset from UTC: without one it would be another on every machine. */
const DATE = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Unix seconds of a date (its first moment in UTC) or of a moment. Undefined for anything else. */
export function parseExpiry(text: string): number | undefined {
  const day = text.slice(0, 10);
  const milliseconds = DATE.test(text) ? Date.parse(text) : Number.NaN;
  // Date takes February 31 for a day in March.
  if (Number.isNaN(milliseconds) || !new Date(day).toISOString().startsWith(day)) return undefined;
  return Math.floor(milliseconds / 1000);
}

/** The moment in UTC, as `parseExpiry` reads it. */
export function expiryText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}
