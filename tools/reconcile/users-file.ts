import { decode, nameOf, type Problem } from "../../src/spreadsheet/decode.ts";
import { delimiterOf } from "../../src/spreadsheet/delimiter.ts";
import { csvRows } from "../lib/csv-rows.ts";

/** `form`: how the file was read. */
export type UsersFile = { users: string[]; problems: Problem[]; form: string };

/** Names of the column with the accounts. Any case is accepted, and any of " _-" between the words. */
export const USER_COLUMNS = ["userid", "user", "account", "accountid", "id"] as const;

type Located = { id: string; line: number };

/**
 * The users of a file, each once. If the first line names a column of accounts, it is a CSV file. Otherwise
 * each line is an account, exactly as it stands there.
 */
export function readUsers(
  bytes: Uint8Array,
  { encoding, delimiter: given }: { encoding?: string; delimiter?: string } = {},
): UsersFile {
  const decoded = decode(bytes, encoding);
  if (!decoded.ok) return { users: [], problems: [decoded.problem], form: "no text" };
  const { text, encoding: found } = decoded;
  const delimiter = given ?? delimiterOf(text, isUserColumn);
  const { rows, problem } = csvRows(firstLineOf(text), delimiter);
  const names = problem === undefined ? (rows[0]?.cells ?? []) : [];
  const column = names.findIndex(isUserColumn);
  const isCsv = column !== -1;
  const { located, problems } = isCsv ? inCsv(text, delimiter, column) : inLines(text);
  return {
    users: [...new Set(located.map(({ id }) => id))],
    problems: [...problems, ...located.flatMap(problemOf)],
    form: `${isCsv ? `the column ${names[column]}` : "one account a line"}, in ${nameOf(found)}`,
  };
}

function isUserColumn(cell: string): boolean {
  const name = cell.toLowerCase().replaceAll(/[\s_-]/g, "");
  return (USER_COLUMNS as readonly string[]).includes(name);
}

function inCsv(text: string, delimiter: string, column: number) {
  const { rows, problem } = csvRows(text, delimiter);
  const located = rows.slice(1).map(({ cells, line }) => ({ id: cells[column] ?? "", line }));
  return { located, problems: problem === undefined ? [] : [problem] };
}

function inLines(text: string) {
  const lines = text.replace(/^\ufeff/, "").split(/\r\n?|\n/);
  const located = lines.map((id, index) => ({ id, line: index + 1 }));
  return { located: located.filter(({ id }) => id !== ""), problems: [] };
}

/** If a user were left out in silence, nobody would check that user's friends. */
function problemOf({ id, line }: Located): Problem[] {
  if (id.trim() === "") return [{ line, message: "has no account" }];
  if (id !== id.trim()) return [{ line, message: "the account has a space around it" }];
  return [];
}

function firstLineOf(text: string): string {
  return text.split(/\r\n?|\n/).find((line) => line.trim() !== "") ?? "";
}
