import { InvalidArgumentError } from "commander";
import { MOMENT_FORMS, parseMoment } from "../../src/spreadsheet/moment.ts";
import { parseAge } from "./dates.ts";

/** A whole number within these bounds, both included. Undefined for anything else. */
export function parseWhole(text: string, min: number, max: number): number | undefined {
  const value = Number(text);
  return /^\d+$/.test(text) && value >= min && value <= max ? value : undefined;
}

export function whole(min: number, max: number): (text: string) => number {
  return taken((text) => parseWhole(text, min, max), `a whole number from ${min} to ${max}`);
}

export const moment = taken(parseMoment, MOMENT_FORMS);

/** What `momentOrAge` takes, for help texts. */
export const MOMENT_OR_AGE = `${MOMENT_FORMS}, or an age: 90m, 12h, 3d`;

export const momentOrAge = taken((text) => {
  const ageMs = parseAge(text);
  return ageMs === undefined ? parseMoment(text) : Date.now() - ageMs;
}, MOMENT_OR_AGE);

/** The name of an environment: it becomes a part of the names of Workers, databases and queues. */
export const environment = taken(
  (text) => (/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(text) && text.length <= 20 ? text : undefined),
  "1 to 20 small letters, digits and single hyphens",
);

export const httpUrl = taken(
  (text) => (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : undefined),
  "a URL that starts with http:// or https://",
);

/** A parser for commander, which prints the error with the option's name. */
export function taken<T>(
  parse: (text: string) => T | undefined,
  what: string,
): (text: string) => T {
  return (text) => {
    const value = parse(text);
    if (value === undefined) throw new InvalidArgumentError(`It must be ${what}.`);
    return value;
  };
}
