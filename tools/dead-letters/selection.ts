import {
  type DeadLetterSelection,
  type StoredDeadLetter,
  selectDeadLetters,
} from "../../src/db/dead-letters.ts";

import { EXIT, say, UsageError } from "../lib/tool.ts";

/** Milliseconds since the epoch: first stored at or after, and before. */
export type Range = { since?: number; until?: number };

/** A body has up to 128 KB, and a page of them comes as one answer. */
const PAGE_ROWS = 100;

/**
 * What waits of the letters that are meant. Nothing is settled by leaving out which.
 *
 * @throws where they are not said in exactly one way
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

/** What waits, page by page; what is left waiting does not come again. */
export async function* pagesOf(db: D1Database, selection: DeadLetterSelection) {
  let page = await selectDeadLetters(db, selection, PAGE_ROWS);
  while (page.length > 0) {
    yield page;
    page =
      page.length < PAGE_ROWS ? [] : await selectDeadLetters(db, selection, PAGE_ROWS, page.at(-1));
  }
}

/** Ids under which nothing was found make the exit code 1. */
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
