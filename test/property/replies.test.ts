import fc from "fast-check";
import { afterAll, describe, it } from "vitest";
import { expectProtocol } from "../support/reply.ts";
import { callbackRequest, officialSamples } from "../support/tencent.ts";
import { envWith, fetchWorker, heldQueue, type Reply } from "../support/worker.ts";
import { oddSample } from "./odd-samples.ts";

let requests = 0;
let ok = 0;
afterAll(() =>
  console.info(`properties: ${requests} generated requests, ${ok} of them answered with OK`),
);

/** A blocklist and a queue that work and hold nothing: what is asked here is what comes in. */
function emptyEnv() {
  return envWith({
    BLOCKLIST: { get: async (keys: string[]) => new Map(keys.map((key) => [key, null])) },
    FRIEND_EVENTS: heldQueue(),
  });
}

const HANDLED = Object.values(officialSamples).map((sample) => sample.CallbackCommand);
const command = fc.oneof(
  fc.constantFrom(...HANDLED),
  fc.constantFrom("C2C.CallbackBeforeSendMsg", "State.StateChange"),
  fc.string({ unit: "binary" }),
);

const NAMES = [
  "SdkAppid",
  "sdkappid",
  "CallbackCommand",
  "contenttype",
  "ClientIP",
  "OptPlatform",
  "RequestTime",
  "Sign",
  "sign",
  "RequestId",
  "__proto__",
  "constructor",
  "",
];
const parameters = fc.array(
  fc.tuple(
    fc.oneof(fc.constantFrom(...NAMES), fc.string({ unit: "binary", maxLength: 10 })),
    fc.oneof(
      fc.constantFrom("1400000000", "json", "", "1", ...HANDLED),
      fc.string({ unit: "binary", maxLength: 20 }),
    ),
  ),
  { maxLength: 4 },
);

const bodyText = fc
  .array(
    fc.oneof(
      fc.constantFrom("{", "}", "[", "]", '"', ":", ",", "null", "1e999", "\\ud800", "\u0000"),
      fc.constantFrom('"CallbackCommand"', '"PairList"', '"FriendItem"', '"ResponseFriendItem"'),
      fc.constantFrom('"__proto__"'),
      fc.string({ unit: "binary", maxLength: 5 }),
    ),
    { maxLength: 12 },
  )
  .map((pieces) => pieces.join(""));

describe("the protocol allows the reply", () => {
  it("to any JSON value as the body of any command", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(command, fc.jsonValue(), async (name, body) => {
        const response = await send(JSON.stringify(body), name);
        expect(response.status).toBe(200);
        await counted(expectProtocol(expect, response, [name]));
      }),
      { numRuns: 4_500 },
    );
  });

  it("to an official body with anything else in some places of it", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(oddSample, async ({ name, body }) => {
        const response = await send(JSON.stringify(body), name);
        expect(response.status).toBe(200);
        await counted(expectProtocol(expect, response, [name]));
      }),
      { numRuns: 5_500 },
    );
  });

  it("to any text as the body", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(command, bodyText, async (name, text) => {
        const response = await send(text, name);
        expect(response.status).toBe(200);
        await counted(expectProtocol(expect, response, [name]));
      }),
      { numRuns: 2_500 },
    );
  });

  it("to an authentic request with any parameters besides", async ({ expect }) => {
    const { friendRequest, friendResponse } = officialSamples;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(friendRequest, friendResponse),
        parameters,
        async (sample, extra) => {
          const request = await callbackRequest(sample);
          const response = await fetchWorker(withParameters(request, extra), emptyEnv());
          expect([200, 401, 403]).toContain(response.status);
          const reply = await counted(
            expectProtocol(expect, response, [sample.CallbackCommand, "Sns.CallbackFriendAdd"]),
          );
          if (reply.ActionStatus === "OK") expect(reply.ResultItem).toHaveLength(2);
        },
      ),
      { numRuns: 2_500 },
    );
  });

  it("to a request with any parameters, which is not authentic", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(parameters, fc.string({ unit: "binary" })), async (query) => {
        const bare = new Request("https://callback.example/", { method: "POST", body: "{}" });
        const request =
          typeof query === "string"
            ? new Request(`${bare.url}?${query.toWellFormed()}`, bare)
            : withParameters(bare, query);
        const response = await fetchWorker(request, emptyEnv());
        expect([401, 403]).toContain(response.status);
        await counted(expectProtocol(expect, response, HANDLED));
      }),
      { numRuns: 2_000 },
    );
  });
});

async function send(text: string, name: string): Promise<Response> {
  const request = await callbackRequest(text, { query: { CallbackCommand: name } });
  return fetchWorker(request, emptyEnv());
}

function withParameters(request: Request, extra: [string, string][]): Request {
  const url = new URL(request.url);
  for (const [name, value] of extra) url.searchParams.append(name, value);
  return new Request(url, request);
}

async function counted(reply: Promise<Reply>): Promise<Reply> {
  requests += 1;
  if ((await reply).ActionStatus === "OK") ok += 1;
  return reply;
}
