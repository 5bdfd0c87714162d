import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, it } from "vitest";
import { redriveCallbacks } from "../../tools/dead-letters/redrive-callbacks.ts";

type Asked = { request: string; authorization: string | undefined; ids: string[] };

/** A Worker that puts on the queue what is not called "unknown". */
let worker: Server;
let url: string;
let answers: { status: number; body?: string }[];
let asked: Asked[];

beforeEach(async () => {
  answers = [];
  asked = [];
  worker = createServer(async (request, response) => {
    const { ids } = JSON.parse(await text(request));
    const { method, url: path, headers } = request;
    asked.push({ request: `${method} ${path}`, authorization: headers.authorization, ids });
    const redriven = ids.filter((id: string) => id !== "unknown");
    const { status, body } = answers.shift() ?? { status: 200 };
    response.writeHead(status).end(body ?? JSON.stringify({ redriven }));
  });
  await new Promise<void>((resolve) => worker.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(worker.address() as AddressInfo).port}/callback?x=1`;
});
afterEach(() => {
  worker.closeAllConnections();
  worker.close();
});

const ids = (count: number) => Array.from({ length: count }, (_, index) => `m${index}`);
const redrive = (some: readonly string[]) => redriveCallbacks(some, { url, apiToken: "token" });

describe("callbacks that became dead letters", () => {
  it("are put on their queue by the Worker, a hundred a request, whatever its path is", async ({
    expect,
  }) => {
    const { outcomes, problem } = await redrive(ids(201));
    expect(problem).toBeUndefined();
    expect([...outcomes]).toEqual(ids(201).map((id) => [id, "redriven"]));
    expect(asked.map(({ request, authorization }) => [request, authorization])).toEqual(
      Array(3).fill(["POST /v1/dead-letters/redrive", "Bearer token"]),
    );
    expect(asked.map((each) => each.ids.length)).toEqual([100, 100, 1]);
    expect(asked.flatMap((each) => each.ids)).toEqual(ids(201));
  });

  it("are left where the Worker does not know them", async ({ expect }) => {
    const { outcomes } = await redrive(["m1", "unknown"]);
    expect(Object.fromEntries(outcomes)).toEqual({ m1: "redriven", unknown: "not-there" });
  });

  it.for([
    [undefined, "token", "url-missing"],
    ["http://127.0.0.1:1", undefined, "api-token-missing"],
  ] as const)(
    "are left without URL or token: %j, %j",
    async ([to, apiToken, outcome], { expect }) => {
      const left = await redriveCallbacks(["m1"], { url: to, apiToken });
      expect(left).toEqual({ outcomes: new Map([["m1", outcome]]) });
    },
  );

  it.for([
    [{ status: 401 }, "refuses the API token", "set API_TOKEN"],
    [{ status: 404 }, "has nothing that redrives", "deploy this version"],
    [{ status: 500 }, "HTTP 500", "wrangler tail"],
    [{ status: 302 }, "HTTP 302", "wrangler tail"],
    [{ status: 200, body: "<html>" }, "is not friendgate", "check --url"],
    [{ status: 200, body: "{}" }, "is not friendgate", "check --url"],
  ] as const)(
    "are left from where the Worker answers %j",
    async ([failure, why, todo], { expect }) => {
      answers = [{ status: 200 }, failure];
      const { outcomes, problem } = await redrive(ids(300));
      expect(problem?.message).toContain(why);
      expect(problem?.todo).toContain(todo);
      expect(asked).toHaveLength(2);
      const expected = ids(300).map((id, nth) => [id, nth < 100 ? "redriven" : "not-redriven"]);
      expect([...outcomes]).toEqual(expected);
    },
  );

  it("are left where nobody answers", async ({ expect }) => {
    worker.close();
    worker.closeAllConnections();
    const { outcomes, problem } = await redrive(["m1"]);
    expect(problem).toMatchObject({ message: "the Worker does not answer: ECONNREFUSED" });
    expect(outcomes.get("m1")).toBe("not-redriven");
  });
});
