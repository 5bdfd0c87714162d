import Table from "cli-table3";
import { type StoredDeadLetter, selectDeadLetters } from "../../src/db/dead-letters.ts";
import { type Events, entriesOf, KINDS, type Kind, parseEvent } from "../../src/events/kinds.ts";
import { wranglerDatabase } from "../lib/d1.ts";
import type { Storage } from "../lib/storage.ts";
import { shown, shownJson } from "../lib/terminal.ts";
import { type Range, reportUnknown } from "./selection.ts";

type ListOptions = Storage & Range & { status: StoredDeadLetter["status"] | "any"; limit: number };

export async function list(options: ListOptions): Promise<void> {
  const { since: sinceMs, until: untilMs, status, limit } = options;
  const selection = { sinceMs, untilMs, status: status === "any" ? undefined : status };
  const letters = await selectDeadLetters(wranglerDatabase(options), selection, limit + 1);
  const table = new Table({ head: ["id", "stored", "tries", "reason", "holds", "status"] });
  for (const letter of letters.slice(0, limit)) {
    const { id, first_at, attempts, reason, status } = letter;
    const cells = [id, isoOf(first_at), attempts, reason, contentOf(letter), status];
    table.push(cells.map((cell) => shown(String(cell))));
  }
  console.log(letters.length === 0 ? "None." : table.toString());
  if (letters.length > limit) console.log(`More than ${limit}: narrow it, or raise --limit.`);
}

export async function show(ids: string[], options: Storage): Promise<void> {
  const letters = await selectDeadLetters(wranglerDatabase(options), { ids }, ids.length);
  for (const { body, first_at, last_at, settled_at, ...letter } of letters) {
    const times = {
      first_at: isoOf(first_at),
      last_at: isoOf(last_at),
      settled_at: settled_at === null ? null : isoOf(settled_at),
    };
    console.log(shownJson({ ...letter, ...times, body: JSON.parse(body) }, 2));
  }
  reportUnknown(ids, letters, "there is none under this id");
}

/** What an operator wants to know of a body, without its accounts. */
function contentOf({ body }: StoredDeadLetter): string {
  const parsed = parseEvent(JSON.parse(body));
  return parsed.ok ? describe(parsed.kind, parsed.event) : parsed.reason;
}

function describe<K extends Kind>(kind: K, event: Events[K]): string {
  const { entryName, atMs } = KINDS[kind];
  const count = entriesOf(event).length;
  return `${event.type}, ${count} ${entryName}${count === 1 ? "" : "s"}, ${isoOf(atMs(event))}`;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
