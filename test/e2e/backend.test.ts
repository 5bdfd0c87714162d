import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import fc from "fast-check";
import { afterAll, beforeAll, describe, it } from "vitest";
import { createTestHarness } from "wrangler";
import { requestTimeAt, signOf } from "../../tools/tencent/url.ts";
import { APP_ID, TOKEN } from "../support/tencent.ts";

/** A backend over HTTP, which keeps what arrives, byte for byte, and answers what a test tells it to. */
type Arrived = { url: string | undefined; headers: Map<string, string>; body: Buffer };
let arrived: Arrived[] = [];
let answer = { status: 200, headers: {} as Record<string, string>, body: Buffer.from("{}") };
const backend = createServer(async (incoming, response) => {
  const { url, headers } = incoming;
  const ownHeaders = new Map(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  arrived.push({ url, headers: ownHeaders, body: await buffer(incoming) });
  response.writeHead(answer.status, answer.headers).end(answer.body);
});
await new Promise<void>((resolve) => backend.listen(0, "127.0.0.1", resolve));
const { port } = backend.address() as AddressInfo;

const harness = createTestHarness({
  workers: [
    {
      configPath: new URL("../../wrangler.toml", import.meta.url),
      vars: { SDK_APP_ID: APP_ID, LOCAL: "true", BACKEND_URL: `http://127.0.0.1:${port}/im?key=1` },
      secrets: { CALLBACK_TOKEN: TOKEN },
    },
  ],
});
let origin: URL;

beforeAll(async () => {
  origin = (await harness.listen()).url;
  await harness.getWorker().applyD1Migrations("DB");
});
afterAll(async () => {
  await harness.close();
  backend.close();
});

/** By node's own client, for `fetch` would tidy the query. */
async function send(
  query: string,
  body: Uint8Array,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: Buffer }> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request({ host: origin.hostname, port: origin.port, path: `/?${query}`, method: "POST", headers })
    .on("response", resolve)
    .on("error", reject)
    .end(body);
  const response = await promise;
  return {
    status: response.statusCode,
    headers: response.headers,
    body: await buffer(response),
  };
}

async function signedQuery(command: string): Promise<string> {
  const time = requestTimeAt(Date.now());
  const sign = await signOf(TOKEN, time);
  return `SdkAppid=${APP_ID}&CallbackCommand=${command}&RequestTime=${time}&Sign=${sign}`;
}

/** What a query may hold by RFC 3986, but for the apostrophe, which the platform encodes. */
const oddQuery = fc
  .array(
    fc.oneof(
      fc.constantFrom(..."aZ09-._~!$()*+,;:@/?&="),
      fc.constantFrom("%", "%zz", "%00", "%E4%bd%A0", "%c4%e3", "%27", "&&", "=", "a=1&a=1", "+"),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.string({ unit: "binary", maxLength: 100 }).map((text) => new TextEncoder().encode(text)),
);

describe("what is passed on over HTTP", () => {
  it.for(["C2C.CallbackBeforeSendMsg", "State.StateChange"])(
    "of %s reaches the backend byte for byte, and its answer comes back so",
    async (command, { expect }) => {
      const contentType = fc.constantFrom("application/json", "text/plain; charset=gbk", "x/y");
      await fc.assert(
        fc.asyncProperty(
          fc.record({ query: oddQuery, sent: bytes, answered: bytes, type: contentType }),
          async ({ query, sent, answered, type }) => {
            arrived = [];
            answer = {
              status: 202,
              headers: { "Content-Type": type },
              body: Buffer.from(answered),
            };
            const whole = `${await signedQuery(command)}&${query}`;
            const response = await send(whole, sent, { "Content-Type": type });
            expect(arrived).toHaveLength(1);
            expect(arrived[0]?.url).toBe(`/im?key=1&${whole}`);
            expect(arrived[0]?.body).toEqual(Buffer.from(sent));
            expect(arrived[0]?.headers.get("content-type")).toBe(type);
            expect(response.status).toBe(202);
            expect(response.headers["content-type"]).toBe(type);
            expect(response.body).toEqual(Buffer.from(answered));
          },
        ),
        { numRuns: 300 },
      );
    },
  );

  it("may have 1 MB in both ways", async ({ expect }) => {
    arrived = [];
    const large = crypto.getRandomValues(new Uint8Array(65_536));
    const megabyte = Buffer.concat(Array.from({ length: 16 }, () => large));
    answer = { status: 200, headers: {}, body: megabyte };
    const response = await send(await signedQuery("Group.CallbackAfterSendMsg"), megabyte);
    expect(arrived[0]?.body.equals(megabyte)).toBe(true);
    expect(response.body.equals(megabyte)).toBe(true);
  });

  it("has no header of the hop, and none of the backend's comes back", async ({ expect }) => {
    arrived = [];
    const hop = {
      "X-Real-IP": "192.0.2.1",
      Cookie: "a=b",
      Authorization: "Basic x",
      TE: "trailers",
    };
    answer = {
      status: 200,
      headers: { "Set-Cookie": "a=b", "X-Powered-By": "x" },
      body: Buffer.of(),
    };
    const { headers } = await send(await signedQuery("State.StateChange"), Buffer.from("{}"), hop);
    const names = [...(arrived[0]?.headers.keys() ?? [])];
    for (const name of Object.keys(hop)) expect(names).not.toContain(name.toLowerCase());
    expect(names).toContain("x-friendgate-attempt");
    expect(headers).not.toHaveProperty("set-cookie");
    expect(headers).not.toHaveProperty("x-powered-by");
  });

  it("is kept where the backend answers with a redirect, which nobody follows", async ({
    expect,
  }) => {
    arrived = [];
    answer = { status: 302, headers: { Location: "/elsewhere" }, body: Buffer.from("moved") };
    const { status, body } = await send(await signedQuery("State.StateChange"), Buffer.of());
    expect(status).toBe(200);
    expect(JSON.parse(body.toString())).toMatchObject({ ActionStatus: "OK" });
    expect(arrived.map(({ url }) => url).filter((url) => url?.startsWith("/else"))).toEqual([]);
  });
});
