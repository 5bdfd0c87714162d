import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { parseSlotMap, type SlotRange, slotOf } from "../../src/slots.ts";

export const API_TOKEN = "api-token-of-the-test";

/** A row is an owner and a version; one of the record has an owner whom nobody asks about. */
export type Rows = Record<string, number>;
export type Tables = Record<string, Rows>;

export type Asked = {
  table: string;
  from: string;
  to?: string;
  slots?: [number, number];
  after?: string;
  since?: number;
  how: "copy" | "move" | "check";
};
type Said = { status: number; body?: object };

const RECORD = ["friend_responses", "friend_requests", "dead_letters", "rule_changes"];

/** A deployment that does with slices what the contract says, in memory, three rows at a time. */
export async function playShards(
  stored: Record<string, Tables>,
  {
    shards = "DB 0-1023",
    bytes = 1_000_000,
    instead = () => undefined,
  }: {
    shards?: string;
    bytes?: number | null;
    instead?: (asked: Asked, nth: number) => Said | undefined | Promise<Said | undefined>;
  } = {},
) {
  const deployment = { shards, asked: [] as Asked[] };
  const rowsOf = (database: string, table: string): Rows => {
    const tables = stored[database] as Tables;
    tables[table] ??= {};
    return tables[table];
  };
  const records = "RECORDS" in stored ? "RECORDS" : "DB";
  const ranges = () => parseSlotMap(deployment.shards) as SlotRange[];
  const isIn = (slot: number, first: number, last: number) => first <= slot && slot <= last;

  function belongs({ table, to, slots }: Asked, owner: string): string | undefined {
    if (RECORD.includes(table)) return to === undefined ? records : undefined;
    const slot = slotOf(owner);
    if (slots !== undefined) return isIn(slot, ...slots) ? to : undefined;
    return ranges().find(({ first, last }) => isIn(slot, first, last))?.database;
  }

  function slice(asked: Asked): object {
    const { table, from, after = "", since = 0, how } = asked;
    const rows = rowsOf(from, table);
    const keys = Object.keys(rows).filter((key) => key > after);
    const passed = keys.sort().slice(0, 3);
    const counts = { rows: 0, behind: 0, removed: 0 };
    for (const key of passed) {
      const version = rows[key] as number;
      const to = belongs(asked, key);
      if (to === undefined || to === from || version < since) continue;
      const there = rowsOf(to, table);
      counts.rows += 1;
      if (how !== "check") there[key] = Math.max(version, there[key] ?? 0);
      if ((there[key] ?? -1) < version) counts.behind += 1;
      else if (how === "move") {
        delete rows[key];
        counts.removed += 1;
      }
    }
    return { ...counts, after: keys.length > 3 ? passed.at(-1) : null };
  }

  const server = createServer(async (request, response) => {
    const body = await text(request);
    const say = ({ status, body }: Said) => {
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(body === undefined ? "" : JSON.stringify(body));
    };
    if (request.headers.authorization !== `Bearer ${API_TOKEN}`) return say({ status: 401 });
    if (request.url === "/v1/shards") {
      const databases = Object.keys(stored).map((name) => ({
        ...{ name, bytes },
        slots: ranges()
          .filter(({ database }) => database === name)
          .reduce((sum, { first, last }) => sum + last - first + 1, 0),
      }));
      const map = deployment.shards;
      return say({ status: 200, body: { slots: 1_024, shards: map, records, databases } });
    }
    const asked: Asked = JSON.parse(body);
    deployment.asked.push(asked);
    say((await instead(asked, deployment.asked.length)) ?? { status: 200, body: slice(asked) });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(deployment, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
