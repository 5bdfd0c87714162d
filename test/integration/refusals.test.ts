import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { logLines } from "../support/log.ts";
import { streamedRequest } from "../support/streams.ts";
import {
  callbackRequest,
  friendAdd,
  friendDelete,
  friendRequest,
  friendResponse,
  QUESTIONS,
  TOKEN,
} from "../support/tencent.ts";
import { callback, envWith, fetchWorker, heldQueue } from "../support/worker.ts";

const MIB = 1024 * 1024;

/** Bindings that count whatever is asked of them. */
function untouchable() {
  const touched: string[] = [];
  const binding = (name: string) =>
    new Proxy(
      {},
      {
        get: (_, method) => () => {
          touched.push(`${name}.${String(method)}`);
          throw new Error("not to be touched");
        },
      },
    );
  const names = ["BLOCKLIST", "FRIEND_EVENTS", "DB"];
  return { touched, bindings: Object.fromEntries(names.map((name) => [name, binding(name)])) };
}

describe("what is not authentic", () => {
  it.for([
    ["without Sign", { query: { Sign: undefined } }, 401],
    ["without RequestTime", { query: { RequestTime: undefined } }, 401],
    ["with a wrong Sign", { query: { Sign: "0".repeat(64) } }, 401],
    ["by another token", { token: "another-token" }, 401],
    ["stale", { requestTime: "1669872112" }, 401],
    ["from the future", { requestTime: "9999999999" }, 401],
    ["with a malformed RequestTime", { requestTime: "now" }, 401],
    ["of another app", { query: { SdkAppid: "1400000001" } }, 403],
    ["of no app", { query: { SdkAppid: undefined } }, 403],
    ["on another path", { path: "/other" }, 404],
    ["too large by its own word", { init: { headers: { "Content-Length": "9999999" } } }, 413],
  ] as const)(
    "reaches no binding, and its body is not read: %s",
    async ([, options, status], { expect }) => {
      for (const body of [friendAdd(["alice", "bob"]), friendResponse("alice", ["bob"])]) {
        const { touched, bindings } = untouchable();
        const signed = await callbackRequest(body, options);
        const streamed = streamedRequest([new TextEncoder().encode(JSON.stringify(body))], {
          url: signed.url,
          headers: Object.fromEntries(signed.headers),
        });
        const response = await fetchWorker(streamed.request, envWith(bindings));

        expect(response.status).toBe(status);
        expect(touched).toEqual([]);
        expect(streamed.pulled()).toBe(0);
        expect(streamed.request.bodyUsed).toBe(false);
      }
    },
  );

  it("reads the body of what is, so the test above can fail", async ({ expect }) => {
    const body = friendAdd(["alice", "bob"]);
    const { touched, bindings } = untouchable();
    const { url } = await callbackRequest(body);
    const streamed = streamedRequest([new TextEncoder().encode(JSON.stringify(body))], { url });
    await fetchWorker(streamed.request, envWith(bindings));
    expect(streamed.pulled()).toBe(1);
    expect(touched).toEqual(["FRIEND_EVENTS.send", "DB.prepare"]);
  });
});

it("a captured URL serves any body for its minute", async ({ expect }) => {
  const captured = await callbackRequest(friendAdd(["alice", "bob"]));
  const queue = heldQueue();
  const forged = new Request(captured.url, {
    method: "POST",
    body: JSON.stringify(friendAdd(["mallory", "bob"])),
  });
  const response = await fetchWorker(forged, envWith({ FRIEND_EVENTS: queue }));
  // Sign does not cover the body: docs/security.md has the second lock.
  expect(response.status).toBe(200);
  expect(queue.messages).toMatchObject([{ pairs: [["mallory", "bob", "mallory"]] }]);
});

describe("a rotation of the token", () => {
  const rotating = { CALLBACK_TOKEN: "new-token", CALLBACK_TOKEN_PREVIOUS: TOKEN };

  it.for([
    ["before it: the old token", {}, TOKEN, "current"],
    ["during it: the old token", rotating, TOKEN, "previous"],
    ["during it: the new token", rotating, "new-token", "current"],
    ["after it: the new token", { CALLBACK_TOKEN: "new-token" }, "new-token", "current"],
  ] as const)(
    "loses no callback, and the log says which token matched: %s",
    async (step, { expect }) => {
      const [, settings, token, matched] = step;
      const queue = heldQueue();
      const { status } = await callback(friendAdd(["alice", "bob"]), {
        token,
        env: envWith({ ...settings, FRIEND_EVENTS: queue }),
      });
      expect(status).toBe(200);
      expect(queue.messages).toHaveLength(1);
      expect(logLines()).toMatchObject([{ event: "enqueued", token: matched }]);
    },
  );

  it("ends when the previous token is taken away", async ({ expect }) => {
    const { status } = await callback(friendAdd(["alice", "bob"]), {
      token: TOKEN,
      env: envWith({ CALLBACK_TOKEN: "new-token" }),
    });
    expect(status).toBe(401);
  });
});

describe("a body over 2 MiB", () => {
  const chunk = new Uint8Array(64 * 1024).fill(" ".charCodeAt(0));
  const chunks = (bytes: number) => Array.from({ length: bytes / chunk.byteLength }, () => chunk);

  it.for([
    ["that says so", { "Content-Length": String(64 * MIB) }, 0],
    ["that says nothing", {}, 2 * MIB + chunk.byteLength],
    ["that says 2 bytes", { "Content-Length": "2" }, 2 * MIB + chunk.byteLength],
    ["that says nonsense", { "Content-Length": "many" }, 2 * MIB + chunk.byteLength],
    ["that says a negative length", { "Content-Length": "-1" }, 2 * MIB + chunk.byteLength],
    ["by HTTP that says so", { "CF-Ray": "1", "Content-Length": String(64 * MIB) }, 0],
    ["by HTTP that says nothing", { "CF-Ray": "1" }, 2 * MIB + chunk.byteLength],
    [
      "by HTTP that says nonsense",
      { "CF-Ray": "1", "Content-Length": "many" },
      2 * MIB + chunk.byteLength,
    ],
    [
      "by HTTP that says a negative length",
      { "CF-Ray": "1", "Content-Length": "-1" },
      2 * MIB + chunk.byteLength,
    ],
  ] as const)("%s is given up as soon as it is known", async ([, headers, bytes], { expect }) => {
    const { touched, bindings } = untouchable();
    const { url } = await callbackRequest(friendAdd());
    const streamed = streamedRequest(chunks(64 * MIB), { url, headers });
    const response = await fetchWorker(streamed.request, envWith(bindings));

    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ ActionStatus: "FAIL", ErrorCode: 1 });
    expect(streamed.pulled() * chunk.byteLength).toBe(bytes);
    expect(touched).toEqual([]);
    // A change of friends that is not read is lost, and so a failure.
    expect(logLines()).toMatchObject([
      { event: "failed", reason: "change-refused", why: "too-large" },
    ]);
  });
});

describe("a body that came by HTTP", () => {
  const bytes = new TextEncoder().encode(JSON.stringify(friendAdd(["alice", "bob"])));
  const byHttp = (length: number) => ({ "CF-Ray": "1", "Content-Length": String(length) });
  const sent = async (headers: Record<string, string>, pieces: Uint8Array[]) => {
    const queue = heldQueue();
    const { url } = await callbackRequest(friendAdd());
    const { request } = streamedRequest(pieces, { url, headers });
    const { status } = await fetchWorker(request, envWith({ FRIEND_EVENTS: queue }));
    return { status, messages: queue.messages.length };
  };

  // Only its length tells the two ways apart: the one that reads at once takes all that there is.
  it("is read at once", async ({ expect }) => {
    expect(await sent(byHttp(2), [bytes])).toEqual({ status: 200, messages: 1 });
    const [start, end] = [bytes.subarray(0, 2), bytes.subarray(2)];
    expect(await sent(byHttp(2), [start, end])).toEqual({ status: 200, messages: 1 });
    expect(await sent({ "Content-Length": "2" }, [start, end])).toEqual({
      status: 200,
      messages: 0,
    });
  });

  it("is refused where it is larger than it says, and than it may be", async ({ expect }) => {
    const tooLarge = new Uint8Array(2 * MIB + 1).fill(" ".charCodeAt(0));
    expect(await sent(byHttp(2), [tooLarge])).toEqual({ status: 413, messages: 0 });
  });
});

describe("a change of friends that is refused as a whole", () => {
  it.for([
    [
      "without a list of pairs",
      { body: { CallbackCommand: "Sns.CallbackFriendAdd" } },
      "malformed",
    ],
    ["that is not JSON", { text: "{" }, "malformed"],
    ["of another command than its URL's", { body: friendDelete(["a", "b"]) }, "command-mismatch"],
    ["with contenttype=xml", { body: friendAdd(["a", "b"]), contenttype: "xml" }, "content-type"],
    ["that is compressed", { text: "\u001f\u008b", encoding: "gzip" }, "content-encoding"],
    ["that says it is not compressed", { text: "{", encoding: "identity" }, "malformed"],
    [
      "whose URL spells CallbackCommand in lower case",
      {
        text: "{",
        CallbackCommand: undefined,
        callbackcommand: "Sns.CallbackFriendAdd",
      },
      "malformed",
    ],
    [
      "whose URL names another command, too",
      {
        body: friendAdd(["a", "b"]),
        CallbackCommand: "a.b",
        callbackcommand: "Sns.CallbackFriendAdd",
      },
      "parameter-repeated",
    ],
    [
      "with a parameter that is repeated",
      { body: friendAdd(["a", "b"]), clientip: "::1" },
      "parameter-repeated",
    ],
  ] as const)(
    "%s is a failure, for what is lost is never merely refused",
    async ([, sent, why], { expect }) => {
      const { body, text, encoding, ...query }: Record<string, unknown> = { ...sent };
      const { status, reply } = await callback((body ?? text) as object | string, {
        query: { CallbackCommand: "Sns.CallbackFriendAdd", ...(query as Record<string, string>) },
        init: encoding ? { headers: { "Content-Encoding": String(encoding) } } : {},
      });
      expect(status).toBe(200);
      expect(reply).toMatchObject({ ActionStatus: "FAIL", ErrorCode: 1 });
      expect(logLines()).toMatchObject([{ event: "failed", reason: "change-refused", why }]);
    },
  );

  it("says in the log where it is wrong", async ({ expect }) => {
    await callback({ ...friendAdd(["a", "b"]), PairList: "a,b" });
    expect(logLines()).toMatchObject([{ reason: "change-refused", detail: "PairList" }]);
  });

  it.for(QUESTIONS)(
    "is no friend $what, whatever the case of its parameter's name",
    async ({ what, command }, { expect }) => {
      const { reply } = await callback("{", { query: { callbackcommand: command } });
      expect(reply).toMatchObject({ ErrorCode: 38_002, ResultItem: [] });
      expect(logLines()).toMatchObject([{ reason: `${what}-refused`, why: "malformed" }]);
    },
  );

  it("is merely refused where Tencent did not make it", async ({ expect }) => {
    await callback(friendAdd(["a", "b"]), { token: "another token" });
    expect(logLines()).toMatchObject([{ event: "refused", reason: "sign-wrong" }]);
  });
});

describe("a body that is cut off on the way", () => {
  it.for([
    [
      "Sns.CallbackPrevFriendResponse",
      { event: "failed", reason: "response-refused", why: "cut-off" },
    ],
    ["Sns.CallbackPrevFriendAdd", { event: "failed", reason: "request-refused", why: "cut-off" }],
    ["State.StateChange", { event: "refused", reason: "cut-off" }],
    ["Sns.CallbackFriendDelete", { event: "failed", reason: "change-refused", why: "cut-off" }],
    ["Sns.CallbackBlackListAdd", { event: "failed", reason: "change-refused", why: "cut-off" }],
  ] as const)("of %s is no bug", async ([CallbackCommand, line], { expect }) => {
    const body = new ReadableStream({
      pull() {
        throw new RangeError("Network connection lost.");
      },
    });
    const { status, reply } = await callback("", { query: { CallbackCommand }, init: { body } });
    expect(status).toBe(200);
    expect(reply).toMatchObject({ ActionStatus: "FAIL", ErrorInfo: "the body ends too early" });
    expect(logLines()).toMatchObject([line]);
  });
});

it("a body of exactly 2 MiB that says so is taken", async ({ expect }) => {
  const body = JSON.stringify(friendAdd(["alice", "bob"])).padEnd(2 * MIB);
  const { url } = await callbackRequest(friendAdd());
  const { request } = streamedRequest([new TextEncoder().encode(body)], {
    url,
    headers: { "Content-Length": String(2 * MIB) },
  });
  const queue = heldQueue();
  const response = await fetchWorker(request, envWith({ FRIEND_EVENTS: queue }));
  expect(response.status).toBe(200);
  expect(queue.messages).toHaveLength(1);
});

describe("what is wrong with an authentic request", () => {
  const other = { CallbackCommand: "State.StateChange" };
  const requested = friendRequest("alice", ["bob"]);
  const asked = friendResponse("alice", ["bob"]);
  const added = friendAdd(["alice", "bob"]);

  it.for([
    ["parameter-repeated", "OptPlatform", other, { optplatform: "iOS" }],
    ["parameter-repeated", "ClientIP", other, { clientip: "127.0.0.2" }],
    ["malformed", "not an object", "[]", other],
    ["malformed", "not JSON", "{", other],
  ] as const)(
    "is said in the reply and in the log: %s, %s",
    async ([reason, detail, body, query], { expect }) => {
      const { reply } = await callback(body, { query });
      expect(reply.ErrorInfo).toContain(detail);
      expect(logLines()).toMatchObject([{ event: "refused", reason, status: 200, detail }]);
    },
  );

  it.for([
    ["response-refused", "malformed", "ResponseFriendItem", { ...asked, ResponseFriendItem: {} }],
    [
      "response-refused",
      "command-mismatch",
      undefined,
      { ...asked, CallbackCommand: "Other.Command" },
    ],
    ["request-refused", "malformed", "FriendItem", { ...requested, FriendItem: {} }],
    [
      "request-refused",
      "command-mismatch",
      undefined,
      { ...requested, CallbackCommand: asked.CallbackCommand },
    ],
    ["change-refused", "malformed", "PairList", { ...added, PairList: {} }],
  ] as const)(
    "is a failure where something passes or is lost: %s, %s",
    async ([reason, why, detail, body], { expect }) => {
      const commands = {
        "request-refused": requested.CallbackCommand,
        "response-refused": asked.CallbackCommand,
        "change-refused": added.CallbackCommand,
      };
      await callback(body, { query: { CallbackCommand: commands[reason] } });
      expect(logLines()).toMatchObject([
        { event: "failed", reason, why, ...(detail && { detail }) },
      ]);
    },
  );
});

describe("a CallbackCommand", () => {
  it.for([
    ["32 and 64 characters", `${"a".repeat(32)}.${"b".repeat(64)}`, true],
    ["33 and 64", `${"a".repeat(33)}.${"b".repeat(64)}`, false],
    ["32 and 65", `${"a".repeat(32)}.${"b".repeat(65)}`, false],
    ["no dot", "Sns", false],
    ["a space", "Sns.Friend Add", false],
  ] as const)("of %s is logged as it is, or as other", async ([, command, logged], { expect }) => {
    await callback({ CallbackCommand: command });
    expect(logLines()).toMatchObject([{ event: "accepted", command: logged ? command : "other" }]);
  });
});

describe("an unexpected exception", () => {
  // A binding that is missing altogether is such a one: the code under test has a bug.
  const broken = (property: string) =>
    new Proxy(env, {
      get(target, name) {
        if (name === property) throw new RangeError("secret detail of a bug");
        return Reflect.get(target, name);
      },
    });

  it.for([
    ["BLOCKLIST", friendResponse("alice", ["bob"]), { ErrorCode: 38_002, ResultItem: [] }],
    ["BLOCKLIST", friendRequest("alice", ["bob"]), { ErrorCode: 38_002, ResultItem: [] }],
    ["FRIEND_EVENTS", friendAdd(["alice", "bob"]), { ErrorCode: 1 }],
  ] as const)(
    "in %s is answered in the protocol's shape",
    async ([name, body, reply], { expect }) => {
      const request = await callbackRequest(body, { init: { headers: { Accept: "text/html" } } });
      const response = await fetchWorker(request, broken(name) as Env);
      expect(response.status).toBe(200);
      expect(response.headers.get("Content-Type")).toBe("application/json");
      expect(await response.json()).toEqual({
        ActionStatus: "FAIL",
        ErrorInfo: "internal error",
        ...reply,
      });
      expect(logLines()).toMatchObject([
        { event: "failed", reason: "crashed", error: "RangeError" },
      ]);
    },
  );

  it("before a request is authentic is an error of the server", async ({ expect }) => {
    const request = await callbackRequest(friendResponse("alice", ["bob"]));
    const response = await fetchWorker(request, broken("SDK_APP_ID") as Env);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({
      ActionStatus: "FAIL",
      ErrorCode: 38_002,
      ErrorInfo: "internal error",
      ResultItem: [],
    });
  });
});
