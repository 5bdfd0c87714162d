import Table from "cli-table3";
import type { Shards } from "../../src/api/answers.ts";
import { momentText } from "../../src/spreadsheet/moment.ts";
import { durationText } from "../lib/duration.ts";
import type { Copied } from "./copy.ts";
import type { Found } from "./move.ts";
import { total } from "./move.ts";
import type { Step } from "./next.ts";
import type { Plan } from "./parts.ts";
import type { Count } from "./walk.ts";

/** How much D1 holds in one database. */
const DATABASE_MAX_BYTES = 10e9;

export function shardsText({ databases, records, shards }: Shards): string {
  const rows = databases.map(({ name, slots, bytes }) => [
    name,
    slots,
    bytes === null ? "no answer" : sizeText(bytes),
    bytes === null ? "" : `${percentOf(bytes)} %`,
    name === records ? "the record, too" : "",
  ]);
  return `${tableOf(["database", "slots", "size", "of 10 GB", ""], rows)}\nSHARDS = "${shards}"`;
}

export function shardsJson({ databases, ...shards }: Shards) {
  return {
    ...shards,
    databases: databases.map((each) => ({
      ...each,
      percent: each.bytes === null ? null : percentOf(each.bytes),
    })),
  };
}

export function copiedText({ passes }: Copied): string {
  const rows = passes.map(({ since, tookMs, count }, at) => [
    at + 1,
    since === null ? "all" : momentText(since),
    count.rows,
    count.behind,
    durationText(tookMs),
  ]);
  return tableOf(["pass", "changed since", "copied", "not there", "in"], rows);
}

export function copiedJson(
  { passes, changedSince, before, after }: Copied,
  plan: Plan,
  next: Step[],
) {
  return {
    ...plan,
    passes: passes.map(({ since, tookMs, count: { rows, behind } }) => ({
      since: since === null ? null : momentText(since),
      rows,
      behind,
      elapsedMs: tookMs,
    })),
    changedSince: momentText(changedSince),
    before,
    after,
    next: next.map(({ paste }) => paste),
  };
}

export function checkedText(found: Found): string {
  const rows = elsewhere(found).map(({ part, count }) => [
    ...[part.from, part.table],
    ...[count.rows, count.behind],
  ]);
  return rows.length === 0
    ? "everything lies where it belongs"
    : tableOf(["database", "table", "belong elsewhere", "not there yet"], rows);
}

export function movedText(found: Found): string {
  const rows = elsewhere(found).map(({ part, count }) => [
    ...[part.from, part.table],
    ...[count.removed, stayedOf(count)],
  ]);
  return rows.length === 0
    ? "everything lies where it belongs"
    : tableOf(["database", "table", "moved", "stay"], rows);
}

export function checkedJson(found: Found) {
  const { rows, behind } = total(found);
  const parts = elsewhere(found).map(({ part: { from, table }, count }) => ({
    ...{ database: from, table },
    ...{ rows: count.rows, behind: count.behind },
  }));
  return { rows, behind, parts };
}

export function movedJson(found: Found) {
  const all = total(found);
  const parts = elsewhere(found).map(({ part: { from, table }, count }) => ({
    ...{ database: from, table },
    ...{ moved: count.removed, stayed: stayedOf(count) },
  }));
  return { moved: all.removed, stayed: stayedOf(all), parts };
}

/**
 * Rows that could not be removed. The new place does not have what they say, or somebody wrote them
 * meanwhile.
 */
export function stayedOf({ rows, removed }: Count): number {
  return rows - removed;
}

function elsewhere(found: Found): Found {
  return found.filter(({ count }) => count.rows > 0);
}

function sizeText(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

function percentOf(bytes: number): number {
  return Number(((bytes / DATABASE_MAX_BYTES) * 100).toFixed(1));
}

function tableOf(head: string[], rows: (string | number)[][]): string {
  const table = new Table({ head, style: { head: [], border: [], compact: true } });
  for (const row of rows) {
    table.push(
      row.map((cell) =>
        typeof cell === "number" ? { content: String(cell), hAlign: "right" as const } : cell,
      ),
    );
  }
  return table.toString();
}
