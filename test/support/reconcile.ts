import { spawn } from "node:child_process";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { outputOf } from "../../tools/lib/child.ts";
import { root } from "../../tools/lib/wrangler.ts";
import { listsOf } from "../../tools/tencent/lists.ts";
import type { PlayedApp } from "../../tools/tencent/rest.ts";
import { type RestServerOptions, startRest } from "../../tools/tencent/rest-server.ts";

export const APP_ID = 1_400_000_000;
export const KEY = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
export const API_TOKEN = "api-token-of-the-test";

export type Truth = Record<string, readonly string[]>;

/** When everybody in a truth became friends. */
export const ADDED_AT = 1_700_000_000_000;

export function playedApp(truth: Truth, more: Partial<PlayedApp> = {}): PlayedApp {
  const lists = Object.entries(truth).map(([userId, friends]) => ({
    userId,
    friends: friends.map((friendId) => ({ friendId, addedAt: ADDED_AT })),
  }));
  return {
    ...{ appId: APP_ID, key: KEY, administrators: ["administrator"], pageSize: 500 },
    lists: listsOf(lists),
    ...more,
  };
}

/** Tencent with this truth, and what was asked of it. */
export async function playTencent(
  truth: Truth,
  {
    app = {},
    ...options
  }: Partial<Omit<RestServerOptions, "app">> & { app?: Partial<PlayedApp> } = {},
) {
  const played = playedApp(truth, app);
  const calls: (number | string)[] = [];
  const server = await startRest({ port: 0, ...options, app: () => played }, ({ answer }) => {
    if (answer === "none") calls.push("none");
    else calls.push("code" in answer ? answer.code : `HTTP ${answer.status}`);
  });
  return { ...server, app: played, calls };
}

type List = { userId: string; readAt: number; friends: { friendId: string; addedAt?: number }[] };
type Row = { key: number; addedAt?: number; deleted: boolean };
export type Asked = { method: string; path: string; lists: List[]; query: URLSearchParams };
type Said = { status: number; body?: object };

/** A deployment that does with lists what the contract says, in memory. */
export async function playDeployment(
  table: Truth = {},
  instead: (asked: Asked) => Said | undefined | Promise<Said | undefined> = () => undefined,
) {
  const rows = new Map(
    Object.entries(table).map(([userId, friends]) => [
      userId,
      new Map(friends.map((friendId): [string, Row] => [friendId, { key: 1, deleted: false }])),
    ]),
  );
  const requests: Asked[] = [];
  let date = () => new Date().toUTCString();
  const kept: Record<string, unknown>[] = [];
  const server = createServer(async (request, response) => {
    const { asked, body } = await readAsked(request);
    requests.push(asked);
    const isKnown = request.headers.authorization === `Bearer ${API_TOKEN}`;
    const said = isKnown
      ? ((await instead(asked)) ?? answer(asked, body, rows, kept))
      : { status: 401, body: { title: "Unauthorized" } };
    response.writeHead(said.status, { "Content-Type": "application/json", Date: date() });
    response.end(said.body === undefined ? "" : JSON.stringify(said.body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    kept,
    /** The users whose lists came, in the order in which they came, as often as they came. */
    users: () => requests.flatMap(({ lists }) => lists.map(({ userId }) => userId)),
    /** Has a clock of its own. */
    dated(now: () => string) {
      date = now;
    },
    friends: (): Truth =>
      Object.fromEntries(
        [...rows].map(([userId, list]) => [
          userId,
          [...list].filter(([, row]) => !row.deleted).map(([friendId]) => friendId),
        ]),
      ),
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readAsked(request: IncomingMessage) {
  const { pathname: path, searchParams: query } = new URL(request.url ?? "", "http://deployment");
  const raw = await text(request);
  const body = raw === "" ? {} : JSON.parse(raw);
  const userId = decodeURIComponent(path.split("/")[3] ?? "");
  const lists: List[] = path.endsWith("/friend-list") ? [{ userId, ...body }] : (body.lists ?? []);
  return { asked: { method: request.method ?? "", path, lists, query }, body };
}

function answer(
  { method, path, lists, query }: Asked,
  body: Record<string, unknown>,
  rows: Map<string, Map<string, Row>>,
  kept: Record<string, unknown>[],
): Said {
  if (method === "GET" && path === "/v1/users") {
    const limit = Number(query.get("limit"));
    const users = [...rows.keys()].sort().filter((user) => user > (query.get("cursor") ?? ""));
    const page = users.slice(0, limit);
    return {
      status: 200,
      body: { users: page, cursor: users.length > limit ? page.at(-1) : null },
    };
  }
  if (method === "POST" && path === "/v1/reconciliations") {
    kept.push(body);
    return { status: 204 };
  }
  const problem = lists.map(problemOf).find((each) => each !== undefined);
  if (problem !== undefined) return { status: 400, body: { title: "Bad", detail: problem } };
  const dryRun = query.get("dryRun") === "true";
  return { status: 200, body: compared(lists, rows, dryRun, query.get("report") === "pairs") };
}

function problemOf({ userId, readAt, friends }: List): string | undefined {
  if (Math.abs(Date.now() - readAt) > 3_600_000 || readAt > Date.now()) return "readAt is wrong";
  if (friends.length > 10_000) return "too many friends";
  if (friends.some(({ addedAt = 0 }) => addedAt > Date.now())) return "addedAt is in the future";
  return userId.startsWith("!") ? "userId is none" : undefined;
}

function compared(
  lists: readonly List[],
  rows: Map<string, Map<string, Row>>,
  dryRun: boolean,
  pairs: boolean,
) {
  const missing: object[] = [];
  const extra: object[] = [];
  let friends = 0;
  let unchanged = 0;
  for (const { userId, readAt, friends: listed } of lists) {
    const list = rows.get(userId) ?? new Map<string, Row>();
    if (!dryRun) rows.set(userId, list);
    const named = new Set(listed.map(({ friendId }) => friendId));
    friends += listed.length;
    for (const { friendId, addedAt } of listed) {
      const row = list.get(friendId);
      if (row && !row.deleted) unchanged += 1;
      if ((row && !row.deleted) || (row && row.key >= readAt)) continue;
      missing.push({ userId, friendId });
      if (!dryRun) list.set(friendId, { key: readAt, deleted: false, ...(addedAt && { addedAt }) });
    }
    for (const [friendId, row] of list) {
      if (row.deleted || named.has(friendId) || row.key >= readAt) continue;
      extra.push({ userId, friendId });
      if (!dryRun) list.set(friendId, { key: readAt, deleted: true });
    }
  }
  return {
    ...{ users: lists.length, friends, missing: missing.length, extra: extra.length, unchanged },
    repaired: dryRun ? 0 : missing.length + extra.length,
    ...(pairs && { pairs: { missing, extra } }),
  };
}

/** The tool as a script runs it. `child` may be interrupted. */
export function startReconcile(args: readonly string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, ["tools/reconcile/main.ts", ...args], {
    cwd: root,
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      ...{ API_TOKEN, TENCENT_SECRET_KEY: KEY, SDK_APP_ID: String(APP_ID), CALLBACK_URL: "" },
      ...{ NO_COLOR: "1", npm_lifecycle_event: "" },
      ...env,
    },
  });
  return { child, ended: outputOf(child) };
}
