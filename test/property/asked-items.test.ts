import fc from "fast-check";
import { afterAll, describe, type ExpectStatic, it } from "vitest";
import { expectProtocol } from "../support/reply.ts";
import { callbackRequest, QUESTIONS } from "../support/tencent.ts";
import { envWith, fetchWorker } from "../support/worker.ts";

let requests = 0;
let items = 0;
let refused = 0;
afterAll(() =>
  console.info(
    `properties: ${requests} generated questions about ${items} items, ${refused} refused`,
  ),
);

/** Any text that JSON can carry: half of a surrogate pair, too. */
const anyText = fc
  .array(fc.nat({ max: 0xffff }), { maxLength: 40 })
  .map((units) => String.fromCharCode(...units));
const account = fc.oneof(
  fc.constantFrom("alice", "bob", "carol", "", "a:b", "__proto__", "\ud800", "x".repeat(600)),
  fc.string({ unit: "binary", maxLength: 40 }),
  anyText,
);
const action = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.constantFrom(
      "Response_Action_Agree",
      "Response_Action_AgreeAndAdd",
      "Response_Action_Reject",
    ),
  },
  { weight: 1, arbitrary: anyText },
);
/** What is said of an item besides its account, where it is asked about so. */
const more = {
  request: fc.record({ AddWording: anyText, Remark: anyText }, { requiredKeys: [] }),
  response: fc.record({ ResponseAction: action }),
};
type Item = { To_Account: string; ResponseAction?: string };

const bodyOf = ({ what, command, list }: (typeof QUESTIONS)[number]) => {
  const item: fc.Arbitrary<Item> = fc
    .tuple(account, more[what])
    .map(([To_Account, more]) => ({ To_Account, ...more }));
  return fc
    .record(
      {
        CallbackCommand: fc.constant(command),
        Requester_Account: account,
        From_Account: account,
        items: fc.oneof(
          { weight: 9, arbitrary: fc.array(item, { maxLength: 6 }) },
          {
            weight: 1,
            arbitrary: fc.tuple(item, fc.integer({ min: 50, max: 150 })).map(manyItems),
          },
        ),
        EventTime: fc.jsonValue(),
        Unknown: fc.jsonValue(),
      },
      { requiredKeys: ["CallbackCommand", "From_Account", "items"] },
    )
    .map(({ items, ...body }) => ({ command, items, body: { ...body, [list]: items } }));
};

type Question = ReturnType<typeof bodyOf> extends fc.Arbitrary<infer T> ? T : never;

/** So many others that their keys need more than one bulk read. */
function manyItems([item, count]: [item: Item, count: number]): Item[] {
  return Array.from({ length: count }, (_, index) => ({
    ...item,
    To_Account: item.To_Account + index,
  }));
}

/** What a value can be that somebody stored: a reason, a rule, nearly a rule, anything. */
const stored = fc.oneof(
  fc.string({ unit: "binary" }),
  anyText.map((text) => `{${text}`),
  fc
    .record(
      {
        code: fc.oneof(fc.integer({ min: 37_990, max: 39_010 }), fc.jsonValue()),
        reason: fc.oneof(anyText, fc.jsonValue()),
        mode: fc.oneof(fc.constantFrom("block", "observe", "allow"), fc.jsonValue()),
        actions: fc.oneof(
          fc.array(fc.constantFrom("Request", "Agree", "AgreeAndAdd", "Reject")),
          fc.jsonValue(),
        ),
        platforms: fc.oneof(fc.array(fc.constantFrom("Web", "iOS")), fc.jsonValue()),
      },
      { requiredKeys: [] },
    )
    .map((rule) => JSON.stringify(rule)),
  fc.jsonValue().map((value) => JSON.stringify(value)),
);

type Get = (keys: string[]) => unknown;

/** The values that a KV holds: one of the list for each key, or none. */
function holding(values: readonly unknown[]): Get {
  return async (keys) =>
    new Map(
      keys.map((key, index) => [key, values[(key.length + index) % (values.length + 2)] ?? null]),
    );
}

const working = fc.array(stored, { maxLength: 6 }).map(holding);
const failing: fc.Arbitrary<Get> = fc.oneof(
  fc.constant<Get>(() => {
    throw new Error("KV GET failed");
  }),
  fc.anything().map<Get>((reason) => () => Promise.reject(reason)),
  fc.constant<Get>(() => new Promise(() => {})),
  fc.constant<Get>(async (keys) => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    return new Map(keys.map((key) => [key, "too late"]));
  }),
);
/** What no KV should do. */
const astray = fc.oneof(
  fc.anything().map<Get>((answer) => async () => answer),
  fc.array(fc.anything(), { minLength: 1 }).map(holding),
  stored.map<Get>((value) => async () => new Map([["user:nobody-asked", value]])),
);

const settings = fc.record({
  BLOCKLIST_KINDS: fc
    .uniqueArray(fc.constantFrom("pair", "user", "responder", "applicant", "ip"), { minLength: 1 })
    .map((kinds) => kinds.join(",")),
  ON_BLOCKLIST_ERROR: fc.constantFrom("allow", "block"),
});
const platform = fc.constantFrom("Web", "iOS", "RESTAPI", undefined);
const clientIp = fc.constantFrom("127.0.0.1", "2001:db8::1", "nowhere", undefined);

describe.for(QUESTIONS)("each item of a friend $what is answered", (asked) => {
  const question = bodyOf(asked);

  it("whatever the blocklist holds", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(
        question,
        working,
        settings,
        platform,
        clientIp,
        async (question, get, config, OptPlatform, ClientIP) => {
          const query = { OptPlatform, ClientIP };
          await expectComplete(expect, question, await answer(question, get, config, query));
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it("by ON_BLOCKLIST_ERROR when KV throws, hangs or is slow", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(question, failing, settings, async (question, get, config) => {
        // With the address among the kinds there is a key to read, whatever the accounts are.
        const kinds = { BLOCKLIST_KINDS: "user,pair,ip" };
        const response = await answer(question, get, { ...config, ...kinds });
        const codes = await expectComplete(expect, question, response);
        const adding = config.ON_BLOCKLIST_ERROR === "block" ? 38_001 : 0;
        expect(codes).toEqual(
          question.items.map(({ ResponseAction }) =>
            ResponseAction === "Response_Action_Reject" ? 0 : adding,
          ),
        );
      }),
      { numRuns: 1_000 },
    );
  });

  it("when KV answers with what it was not asked for", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(question, astray, settings, async (question, get, config) => {
        await expectComplete(expect, question, await answer(question, get, config));
      }),
      { numRuns: 1_000 },
    );
  });
});

async function answer(
  { body }: Question,
  get: Get,
  config: object,
  query: Record<string, string | undefined> = {},
): Promise<Response> {
  requests += 1;
  return fetchWorker(
    await callbackRequest(body, { query }),
    envWith({ ...config, BLOCKLIST: { get }, BLOCKLIST_TIMEOUT_MS: "2" }),
  );
}

/** @returns the codes of the items */
async function expectComplete(
  expect: ExpectStatic,
  { command, items: asked }: Question,
  response: Response,
): Promise<number[]> {
  const reply = await expectProtocol(expect, response, [command]);
  expect(reply).toMatchObject({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" });
  expect(reply.ResultItem?.map(({ To_Account }) => To_Account)).toEqual(
    asked.map(({ To_Account }) => To_Account),
  );
  const codes = reply.ResultItem?.map(({ ResultCode }) => ResultCode) ?? [];
  items += codes.length;
  refused += codes.filter((code) => code !== 0).length;
  return codes;
}
