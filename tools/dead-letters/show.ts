import Table from "cli-table3";
import { type StoredDeadLetter, selectDeadLetters } from "../../src/db/dead-letters.ts";
import { type Events, entriesOf, KINDS, type Kind } from "../../src/events/kinds.ts";
import { parseMessage } from "../../src/events/messages.ts";
import { shown } from "../../src/spreadsheet/written.ts";
import { loggable } from "../../src/tencent/commands.ts";
import { wranglerDatabases } from "../lib/databases.ts";
import type { Storage } from "../lib/storage.ts";
import { printJson, say } from "../lib/tool.ts";
import { type Range, reportUnknown } from "./selection.ts";

type ListOptions = Storage &
  Range & { status: StoredDeadLetter["status"] | "any"; limit: number; json?: true };

export async function list(options: ListOptions): Promise<void> {
  const { since: sinceMs, until: untilMs, status, limit } = options;
  const selection = { sinceMs, untilMs, status: status === "any" ? undefined : status };
  const letters = await selectDeadLetters(
    wranglerDatabases(options).records.db,
    selection,
    limit + 1,
  );
  const listed = letters.slice(0, limit).map((letter) => {
    const { id, first_at, attempts, reason, status } = letter;
    const holds = contentOf(letter);
    return { id, stored: isoOf(first_at), tries: attempts, reason, holds, status };
  });
  const hasMore = letters.length > limit;
  if (options.json) printJson({ deadLetters: listed, hasMore });
  else if (listed.length > 0) console.log(tableOf(listed));
  if (listed.length === 0) say("there is none");
  if (hasMore) say(`there are more than ${limit}`, "narrow it with --since, or raise --limit");
}

/** It sets no colours: the table's library would print them even where nobody wants colours. */
function tableOf(rows: readonly Record<string, string | number>[]): string {
  const head = Object.keys(rows[0] ?? {});
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const row of rows) table.push(Object.values(row).map((cell) => shown(String(cell))));
  return table.toString();
}

export async function show(ids: string[], options: Storage & { json?: true }): Promise<void> {
  const letters = await selectDeadLetters(
    wranglerDatabases(options).records.db,
    { ids },
    ids.length,
  );
  const whole = letters.map(({ body, first_at, last_at, settled_at, ...letter }) => {
    const times = {
      first_at: isoOf(first_at),
      last_at: isoOf(last_at),
      settled_at: settled_at === null ? null : isoOf(settled_at),
    };
    return { ...letter, ...times, body: JSON.parse(body) };
  });
  if (options.json) printJson({ deadLetters: whole });
  else for (const letter of whole) printJson(letter);
  reportUnknown(ids, letters, "there is none under this id");
}

/** What an operator wants to know about a body, without its accounts. */
function contentOf({ body }: StoredDeadLetter): string {
  const parsed = parseMessage(JSON.parse(body));
  if (!parsed.ok) return parsed.reason;
  if (parsed.kind !== "callback") return describe(parsed.kind, parsed.event);
  const { command, arrivedMs } = parsed.event;
  return `callback ${loggable(command ?? undefined) ?? "without a command"}, ${isoOf(arrivedMs)}`;
}

function describe<K extends Kind>(kind: K, event: Events[K]): string {
  const { entryName, atMs } = KINDS[kind];
  const count = entriesOf(event).length;
  return `${event.type}, ${count} ${entryName}${count === 1 ? "" : "s"}, ${isoOf(atMs(event))}`;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
