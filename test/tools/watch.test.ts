import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import stringWidth from "string-width";
import { afterEach, beforeEach, describe, it, vi } from "vitest";
import { fitted } from "../../tools/lib/columns.ts";
import type { Decided } from "../../tools/lib/decided.ts";
import { followed } from "../../tools/watch/follow.ts";
import { header, lineOf } from "../../tools/watch/print.ts";
import { PATIENCE } from "../support/patience.ts";

const NOW = 1_800_000_000_000;

/** What the read API does with its records, over HTTP. */
let records: Decided[];
/** The paths that answer with an error. */
let failing: string[];
let server: Server;
let url = "";

async function listen(port = 0): Promise<void> {
  server = createServer((request, response) => {
    const { pathname, searchParams: query } = new URL(request.url ?? "", url);
    const isRequests = pathname === "/v1/friend-requests";
    if (failing.includes(pathname)) return response.writeHead(503).end();
    const limit = Number(query.get("limit"));
    const after = query.get("after");
    const sorted = records
      .filter(({ type }) => (type === "request") === isRequests)
      .toSorted((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
    const behind = (record: Decided) =>
      after?.includes(":") ? `${record.at}:${record.id}` > after : record.at > Number(after);
    const page = after === null ? sorted.slice(-limit) : sorted.filter(behind).slice(0, limit);
    const last = page.at(-1);
    const end = last === undefined ? after : `${last.at}:${last.id}`;
    const list = page.map(({ type: _, ...record }) => record);
    const name = isRequests ? "requests" : "responses";
    return response.end(JSON.stringify({ [name]: list, after: end }));
  }).listen(port, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function close(): Promise<void> {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

beforeEach(async () => {
  records = [];
  failing = [];
  await listen();
});
afterEach(async () => {
  if (server.listening) await close();
});

function record(at: number, id: string): Extract<Decided, { type: "response" }> {
  return { ...decided(at, id), type: "response", action: "AgreeAndAdd" };
}

function request(at: number, id: string): Extract<Decided, { type: "request" }> {
  return { ...decided(at, id), type: "request" };
}

function decided(at: number, id: string) {
  return {
    ...{ id, at, eventTime: null, responderId: "alice", applicantId: id, requesterId: null },
    ...{ code: 0, ruleKind: null, ruleKey: null, observedKey: null },
    ...{ clientIp: null, platform: "Web", requestId: null },
  };
}

function poller(last: number) {
  const poll = followed({ url, token: "t", blocked: false, last });
  return async () => {
    const polled = await poll();
    return polled.ok ? polled.decided.map(({ id }) => id) : polled.problem;
  };
}

describe("watch", () => {
  it.for([
    [0, []],
    [1, ["e"]],
    [3, ["c", "d", "e"]],
    [9, ["a", "b", "c", "d", "e"]],
  ] as const)(
    "--last %i begins with so many, the oldest first, and goes on with what is new alone",
    async ([last, begin], { expect }) => {
      // Some within the minute that each poll reads again, some before it.
      const ages = { a: 90_000, b: 61_000, c: 50_000, d: 2, e: 1 };
      records = Object.entries(ages).map(([id, age]) => record(NOW - age, id));
      const poll = poller(last);
      expect(await poll()).toEqual(begin);
      expect(await poll()).toEqual([]);
      records.push(record(NOW + 1, "g"), record(NOW, "f"));
      expect(await poll()).toEqual(["f", "g"]);
      expect(await poll()).toEqual([]);
    },
  );

  it.for([
    [1, ["e"]],
    [3, ["c", "d", "e"]],
    [9, ["a", "b", "c", "d", "e"]],
  ] as const)(
    "--last %i counts requests and responses together, in one order",
    async ([last, begin], { expect }) => {
      const ages = { a: 90_000, b: 61_000, c: 50_000, d: 2, e: 1 };
      records = Object.entries(ages).map(([id, age], n) =>
        n % 2 === 0 ? request(NOW - age, id) : record(NOW - age, id),
      );
      const poll = poller(last);
      expect(await poll()).toEqual(begin);
      records.push(record(NOW + 2, "h"), request(NOW + 1, "g"), record(NOW, "f"));
      expect(await poll()).toEqual(["f", "g", "h"]);
      expect(await poll()).toEqual([]);
    },
  );

  it.for(["/v1/friend-requests", "/v1/friend-responses"])(
    "loses and repeats nothing where %s fails for a while",
    async (path, { expect }) => {
      const poll = poller(9);
      const problem = `${url} answers HTTP 503`;
      records = [request(NOW, "a"), record(NOW + 1, "b")];
      failing = [path];
      expect(await poll()).toBe(problem);
      failing = [];
      expect(await poll()).toEqual(["a", "b"]);
      failing = [path];
      records.push(request(NOW + 2, "c"), record(NOW + 3, "d"));
      expect(await poll()).toBe(problem);
      expect(await poll()).toBe(problem);
      failing = [];
      expect(await poll()).toEqual(["c", "d"]);
      expect(await poll()).toEqual([]);
    },
  );

  it("shows a record that comes late, once", async ({ expect }) => {
    const poll = poller(10);
    expect(await poll()).toEqual([]);
    records = [record(NOW, "new")];
    expect(await poll()).toEqual(["new"]);
    records.push(record(NOW - 1_000, "late"));
    expect(await poll()).toEqual(["late"]);
    expect(await poll()).toEqual([]);
  });

  it("shows all of what is more than a page", async ({ expect }) => {
    const poll = poller(0);
    await poll();
    const ids = Array.from({ length: 2_500 }, (_, i) => String(i).padStart(5, "0"));
    records = ids.map((id) => record(NOW, id));
    expect(await poll()).toEqual(ids);
  });

  it("says once that the server is gone, once that it is back, and repeats no record", async ({
    expect,
  }) => {
    records = [record(NOW, "a"), record(NOW + 1, "b")];
    const { port } = server.address() as AddressInfo;
    const child = watch(["--url", url, "--every", "1", "--last", "1"]);
    await child.printed("stdout", '"id":"b"');
    await close();
    let hungUp = 0;
    server = createServer().listen(port, "127.0.0.1");
    server.on("connection", (socket) => {
      hungUp += 1;
      socket.destroy();
    });
    await child.printed("stderr", "cannot be reached");
    await vi.waitUntil(() => hungUp >= 3, PATIENCE);
    await close();
    await listen(port);
    await child.printed("stderr", "is back");
    records.push({ ...request(NOW + 2, "c"), code: 38_000 });
    await child.printed("stdout", '"id":"c"');
    expect(await child.end("SIGTERM")).toBe(130);
    const lines = child.output.stderr.trim().split("\n");
    expect(lines).toEqual([
      `friendgate: ${url} cannot be reached; asking again every 1 s`,
      expect.stringMatching(/^ {2}→ see that the URL is right/),
      `friendgate: ${url} is back`,
      "friendgate: 1 request: 1 refused, 0 observed; 1 response: 0 refused, 0 observed",
      "friendgate: interrupted",
    ]);
    const shown = child.output.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(shown.map(({ id, type }) => [id, type])).toEqual([
      ["b", "response"],
      ["c", "request"],
    ]);
  });

  it("says at the end of --once how many there were of each", async ({ expect }) => {
    records = [
      request(NOW, "a"),
      { ...request(NOW + 1, "b"), code: 38_000 },
      { ...request(NOW + 2, "c"), observedKey: "user:c" },
      record(NOW + 3, "d"),
    ];
    const child = watch(["--url", url, "--once"]);
    expect(await child.end()).toBe(0);
    expect(child.output.stderr).toBe(
      "friendgate: 3 requests: 1 refused, 1 observed; 1 response: 0 refused, 0 observed\n",
    );
  });

  it("ends without a word when its reader does", async ({ expect }) => {
    records = [record(NOW, "a")];
    // Whenever it asks, there is something new the next time.
    server.on("request", () => records.push(record(NOW + records.length, `b${records.length}`)));
    const child = watch(["--url", url, "--every", "1", "--last", "0"]);
    child.process.stdout?.destroy();
    expect(await child.end()).toBe(0);
    expect(child.output.stderr).toBe("");
  });
});

describe("a line of watch", () => {
  beforeEach(() => {
    vi.stubEnv("NO_COLOR", "1");
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  const chinese = {
    ...record(NOW, "小明小明小明小明小明小明"),
    ...{ responderId: "小红👩‍💻", code: 38_000, ruleKey: `user:${"小".repeat(60)}` },
  };

  it.for([60, 80, 99, 100, 120, 200])("keeps to a terminal of %i cells", (columns, { expect }) => {
    for (const line of [
      header(columns),
      lineOf(chinese, columns),
      lineOf(record(0, "a"), columns),
    ]) {
      expect(stringWidth(line)).toBeLessThanOrEqual(columns);
    }
  });

  it.for([80, 120])("has its columns one below the other at %i cells", (columns, { expect }) => {
    const startOf = (line: string, text: string) => stringWidth(line.slice(0, line.indexOf(text)));
    const [head, plain, wide] = [
      header(columns),
      lineOf(record(NOW, "bob"), columns),
      lineOf(chinese, columns),
    ];
    expect(startOf(plain, "AgreeAndAdd")).toBe(startOf(head, "action"));
    expect(startOf(wide, "AgreeAndAdd")).toBe(startOf(head, "action"));
    expect(startOf(wide, "user:")).toBe(startOf(head, "rule"));
  });

  it("says who asks whom, or who answers whom", ({ expect }) => {
    const of = (decided: Decided) => lineOf(decided, 80).split(/ {2,}/).slice(2, 5);
    expect(of(record(NOW, "bob"))).toEqual(["alice", "bob", "AgreeAndAdd"]);
    expect(of(request(NOW, "bob"))).toEqual(["bob", "alice", "Request"]);
  });

  it("has no place for what an account may hold", ({ expect }) => {
    const nasty = { ...record(0, "x".repeat(40)), responderId: "a\u001b[2Jb", code: 38_000 };
    expect(lineOf({ ...nasty, ruleKey: "user:a" }, 120)).toBe(
      `1970-01-01 00:00:00  38000     a\\u001b[2Jb${" ".repeat(9)}  ${"x".repeat(19)}…  ` +
        "AgreeAndAdd  Web       user:a",
    );
  });
});

describe("a text in cells", () => {
  it.for([
    ["ab", 4, "ab  "],
    ["小明", 4, "小明"],
    ["小明", 5, "小明 "],
    ["小明人", 5, "小明…"],
    ["小明人", 4, "小… "],
    ["👩‍💻👩‍💻", 3, "👩‍💻…"],
    ["abc", 2, "a…"],
  ] as const)("%s in %i is %j", ([text, cells, expected], { expect }) => {
    expect(fitted(text, cells)).toBe(expected);
    expect(stringWidth(fitted(text, cells))).toBe(cells);
  });
});

/** The tool as a script runs it, with its output as far as it has come. */
function watch(args: readonly string[]) {
  const child: ChildProcess = spawn(process.execPath, ["tools/watch/main.ts", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, API_TOKEN: "t", NO_COLOR: "1", npm_lifecycle_event: "" },
  });
  const output = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream]?.setEncoding("utf8").on("data", (text) => {
      output[stream] += text;
    });
  }
  const closed = once(child, "exit");
  return {
    process: child,
    output,
    printed: (stream: "stdout" | "stderr", text: string) =>
      vi.waitUntil(() => output[stream].includes(text), PATIENCE),
    /** Its exit code, after a signal where one is named. */
    async end(signal?: "SIGTERM"): Promise<number> {
      if (signal) child.kill(signal);
      const [code] = await closed;
      return code;
    },
  };
}
