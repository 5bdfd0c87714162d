const DAY = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?$/;

/** What `parseMoment` takes, for help texts and errors. */
export const MOMENT_FORMS =
  "2027-01-31, 2027-01-31T12:00 or 2027-01-31T12:00+08:00 (UTC unless it has a zone)";

/**
 * Milliseconds since the epoch. A day stands for its first moment. A text without a zone is UTC,
 * because local time is another moment on every machine. Undefined for anything else, and for a day
 * that no calendar has.
 */
export function parseMoment(text: string): number | undefined {
  if (DAY.test(text)) return utcOf(`${text}T00:00`);
  const [, local = "", zone = "Z"] = MOMENT.exec(text) ?? [];
  if (utcOf(local) === undefined) return undefined;
  const ms = Date.parse(`${local}${zone}`);
  return Number.isNaN(ms) ? undefined : ms;
}

/** A moment in UTC, as `parseMoment` reads it. */
export function momentText(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** Date takes February 31 for a day in March, and 24:00 for the next day. */
function utcOf(local: string): number | undefined {
  const ms = Date.parse(`${local}Z`);
  return Number.isNaN(ms) || !new Date(ms).toISOString().startsWith(local.slice(0, 19))
    ? undefined
    : ms;
}
