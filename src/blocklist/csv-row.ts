import { fromCell, fromListCell, toCell, toListCell } from "../spreadsheet/cell.ts";
import { MOMENT_FORMS, momentText, parseMoment } from "../spreadsheet/moment.ts";
import type { Entry } from "./entry.ts";
import { type Fields, fieldsOf, textOf } from "./fields.ts";
import { makeKey, parseKey } from "./parse-key.ts";
import { isSameRule } from "./same-rule.ts";

/** A pair has from and to, every other kind id. Lists are separated by |. Empty cells: defaults. */
export const COLUMNS = [
  "kind",
  "id",
  "from",
  "to",
  "reason",
  "code",
  "actions",
  "platforms",
  "mode",
  "note",
  "expires",
] as const;
type Column = (typeof COLUMNS)[number];
export type Row = Partial<Record<Column, string>>;

/** The column that a cell of the header names, in any case. */
export function columnOf(cell: string): Column | undefined {
  const name = cell.trim().toLowerCase();
  return COLUMNS.find((column) => column === name);
}

export function isColumn(cell: string): boolean {
  return columnOf(cell) !== undefined;
}

/** The rule of a row. */
export function entryOf(row: Row): Entry | { message: string } {
  const raw = (column: Column) => row[column]?.trim() || undefined;
  const cell = (column: Column) => read(raw(column), fromCell);
  const kind = cell("kind") ?? "";
  const used = kind === "pair" ? (["from", "to"] as const) : (["id"] as const);
  const unused = (["id", "from", "to"] as const).filter(
    (column) => row[column] && !(used as readonly string[]).includes(column),
  );
  const cells = used.map((column) => row[column] ?? "");
  const padded = cells.find((id) => id !== id.trim());
  if (padded !== undefined)
    return { message: `the id ${JSON.stringify(padded)} has a space around it` };
  const made = makeKey(kind, cells.map(fromCell));
  if (!made.ok) return { message: made.message };
  if (unused.length > 0) return { message: `a ${kind} rule has no ${unused.join(", ")}` };

  const expires = cell("expires");
  const expiresMs = expires === undefined ? undefined : parseMoment(expires);
  if (expires !== undefined && expiresMs === undefined) {
    return { message: `expires ${expires} is no date: it must be ${MOMENT_FORMS}` };
  }
  const code = cell("code");
  const fields: Fields = {
    mode: cell("mode"),
    code: wholeOf(code) ?? code,
    reason: cell("reason"),
    actions: read(raw("actions"), fromListCell),
    platforms: read(raw("platforms"), fromListCell),
    note: cell("note"),
  };
  return {
    key: made.key,
    value: textOf(fields),
    ...(expiresMs !== undefined && { expiration: Math.floor(expiresMs / 1_000) }),
  };
}

/** The row of a rule, where reading it gives the same rule. */
export function exactRowOf(entry: Entry): Row | undefined {
  const row = rowOf(entry);
  const back = row && entryOf(row);
  return back && "key" in back && isSameRule(entry, back) ? row : undefined;
}

/** The row of a rule. Undefined where a row cannot hold it. */
function rowOf({ key, value, expiration, expiration_ttl, metadata }: Entry): Row | undefined {
  const parsed = parseKey(key);
  const fields = fieldsOf(value);
  if (!parsed.ok || !fields || metadata !== undefined || expiration_ttl !== undefined)
    return undefined;
  const [first = "", second = ""] = parsed.parts;
  const text = (field: unknown) => toCell(String(field ?? ""));
  const list = (field: unknown) => (Array.isArray(field) ? toListCell(field) : "");
  return {
    kind: parsed.kind,
    ...(parsed.kind === "pair"
      ? { from: toCell(first), to: toCell(second) }
      : { id: toCell(first) }),
    reason: text(fields.reason),
    code: text(fields.code),
    actions: list(fields.actions),
    platforms: list(fields.platforms),
    mode: text(fields.mode),
    note: text(fields.note),
    expires: expiration === undefined ? "" : momentText(expiration * 1_000),
  };
}

function read<T>(cell: string | undefined, parse: (cell: string) => T): T | undefined {
  return cell === undefined ? undefined : parse(cell);
}

function wholeOf(code: string | undefined): number | undefined {
  const value = Number(code);
  return /^\d+$/.test(code ?? "") && Number.isSafeInteger(value) ? value : undefined;
}
