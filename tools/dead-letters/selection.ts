import {
  type DeadLetterSelection,
  type StoredDeadLetter,
  selectDeadLetters,
} from "../../src/db/dead-letters.ts";

import { EXIT, say, UsageError } from "../lib/tool.ts";

/** When a letter was first stored: at or after `since`, before `until`, in milliseconds since the epoch. */
export type Range = { since?: number; until?: number };

/** A body has up to 128 KB, and one answer has a whole page of them. */
const PAGE_ROWS = 100;

/**
 * The waiting letters that the options select. An option that was forgotten settles nothing.
 *
 * @throws where the options do not select in exactly one way
 */
export function selectionOf(
  ids: string[],
  { since, until, all }: Range & { all?: true },
): DeadLetterSelection {
  const ways = [ids.length > 0, since !== undefined || until !== undefined, all];
  if (ways.filter(Boolean).length !== 1) {
    const ways = "give ids, or a time range (--since, --until), or --all";
    throw new UsageError("it is not said in one way which are meant", ways);
  }
  return {
    ids: ids.length > 0 ? ids : undefined,
    sinceMs: since,
    untilMs: until,
    status: "waiting",
  };
}

/** The waiting letters, page by page. A letter that stays waiting does not come again. */
export async function* pagesOf(db: D1Database, selection: DeadLetterSelection) {
  let page = await selectDeadLetters(db, selection, PAGE_ROWS);
  while (page.length > 0) {
    yield page;
    page =
      page.length < PAGE_ROWS ? [] : await selectDeadLetters(db, selection, PAGE_ROWS, page.at(-1));
  }
}

/** The exit code is 1 if nothing was found for an id. */
export function reportUnknown(
  ids: readonly string[],
  found: readonly StoredDeadLetter[],
  problem: string,
): void {
  for (const id of ids) {
    if (found.some((letter) => letter.id === id)) continue;
    say(`${id}: ${problem}`, "see the ids: npm run dead-letters -- list --status any");
    process.exitCode = EXIT.no;
  }
}
