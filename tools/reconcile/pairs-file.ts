import { appendFileSync, writeFileSync } from "node:fs";
import { stringify } from "csv-stringify/sync";
import type { Compared } from "./deployment.ts";

/** Appends the pairs that differ to a CSV file. It holds accounts, so only its user may read it. */
export function appendPairs(file: string, { pairs }: Compared): void {
  const { missing = [], extra = [] } = pairs ?? {};
  const rows = [
    ...missing.map(({ userId, friendId }) => ["missing", userId, friendId]),
    ...extra.map(({ userId, friendId }) => ["extra", userId, friendId]),
  ];
  if (rows.length > 0) appendFileSync(file, stringify(rows));
}

/** Begins the CSV file. */
export function beginPairs(file: string): void {
  writeFileSync(file, stringify([["difference", "userId", "friendId"]]), { mode: 0o600 });
}
