import { PLATFORMS } from "../tencent/platforms.ts";
import type { Entry, Located, Problem } from "./entry.ts";
import { fieldsOf } from "./fields.ts";
import { parseKey } from "./parse-key.ts";

/** What a spreadsheet makes of an id. */
const MADE_BY_SPREADSHEETS: [form: RegExp, what: string][] = [
  [/^-?\d(?:[.,]\d+)?E[+-]\d{2,}$/, "a number that a spreadsheet has shortened"],
  [/^[1-9]\d{14}0{3,}$/, "a number of which a spreadsheet keeps 15 digits"],
  [
    /^#(?:N\/A|REF!|VALUE!|DIV\/0!|NAME\?|NULL!|NUM!|SPILL!|CALC!|FIELD!|GETTING_DATA|#+)$/i,
    "an error of a spreadsheet",
  ],
  [
    /^(?:\d{1,2}-(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)|\d{1,2}月\d{1,2}日)$/,
    "a date that a spreadsheet has made",
  ],
];

/**
 * Rules that are hardly meant: they would apply to nobody. A user who knows better can store them.
 *
 * @param insist how to store them all the same, in the words of the place where the user does it
 */
export function doubtsAbout(entries: readonly Located<Entry>[], insist = "--force"): Problem[] {
  const force = `${insist} if it is right`;
  return entries.flatMap(({ key, value, line }) =>
    [...doubtfulIds(key, force), ...doubtfulPlatforms(value, force)].map((message) => ({
      line,
      key,
      message,
    })),
  );
}

function doubtfulIds(key: string, force: string): string[] {
  const parsed = parseKey(key);
  if (!parsed.ok) return [];
  return parsed.parts.flatMap((id) => {
    if (id.includes("\ufffd")) {
      return ["the id holds U+FFFD, which stands for what could not be read: write the id anew"];
    }
    const [, what] = MADE_BY_SPREADSHEETS.find(([form]) => form.test(id)) ?? [];
    if (what === undefined) return [];
    return [`the id ${id} looks like ${what}: write the id as text, or ${force}`];
  });
}

function doubtfulPlatforms(value: string, force: string): string[] {
  const { platforms } = fieldsOf(value) ?? {};
  const names: unknown[] = Array.isArray(platforms) ? platforms : [];
  return names
    .filter((name) => !isKnown(String(name)))
    .map(
      (name) =>
        `no callback comes from the platform ${JSON.stringify(name)}: they are ${PLATFORMS.join(", ")}; ${force}`,
    );
}

function isKnown(name: string): boolean {
  return PLATFORMS.some((platform) => platform.toLowerCase() === name.toLowerCase());
}
