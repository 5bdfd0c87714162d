import { env } from "cloudflare:workers";
import { it } from "vitest";
import { logLines } from "../support/log.ts";
import {
  blacklistAdd,
  type CallbackOptions,
  callbackRequest,
  friendAdd,
} from "../support/tencent.ts";
import { deliver, envWith, fetchWorker, heldQueue } from "../support/worker.ts";

/** Stands in every value that must not be logged. */
const MARK = "xq7z";
const TOKEN = `${MARK}-token`;
const PREVIOUS = `${MARK}-previous-token`;
const signs: string[] = [];

const marked = (what: string) => `${MARK}-${what}`;
const response = {
  CallbackCommand: "Sns.CallbackPrevFriendResponse",
  Requester_Account: marked("requester"),
  From_Account: marked("responder"),
  ResponseFriendItem: [
    {
      To_Account: marked("applicant"),
      Remark: marked("remark"),
      TagName: marked("group"),
      ResponseAction: "Response_Action_AgreeAndAdd",
    },
  ],
  [marked("field")]: marked("value"),
};
const request = {
  CallbackCommand: "Sns.CallbackPrevFriendAdd",
  Requester_Account: marked("requester"),
  From_Account: marked("applicant"),
  FriendItem: [
    {
      To_Account: marked("responder"),
      Remark: marked("remark"),
      GroupName: marked("group"),
      AddSource: marked("source"),
      AddWording: marked("wording"),
    },
  ],
  AddType: marked("type"),
  [marked("field")]: marked("value"),
};
const added = {
  ...friendAdd([marked("user"), marked("friend")]),
  ClientCmd: marked("command"),
  Admin_Account: marked("admin"),
};
const blocked = { ...blacklistAdd([marked("user"), marked("blocked")]), Why: marked("reason") };
const without = (...names: string[]) => Object.fromEntries(names.map((name) => [name, undefined]));
const throwing = (name = "Error") => {
  throw Object.assign(new Error(marked("error")), { name });
};
const brokenQueue = { send: async () => throwing(), sendBatch: async () => throwing() };
const brokenDb = { prepare: () => throwing(), batch: () => throwing() };

async function send(
  body: object | string,
  options: CallbackOptions = {},
  bindings: Record<string, unknown> = {},
): Promise<void> {
  const request = await callbackRequest(body, {
    token: TOKEN,
    ...options,
    query: {
      ClientIP: marked("address"),
      OptPlatform: marked("platform"),
      RequestId: marked("request"),
      [marked("name")]: marked("parameter"),
      ...options.query,
    },
    init: {
      headers: { "User-Agent": marked("agent"), "Content-Type": marked("type") },
      ...options.init,
    },
  });
  signs.push(new URL(request.url).searchParams.get("Sign") ?? "none");
  const settings = { CALLBACK_TOKEN: TOKEN, CALLBACK_TOKEN_PREVIOUS: PREVIOUS };
  await fetchWorker(request, envWith({ FRIEND_EVENTS: heldQueue(), ...settings, ...bindings }));
}

/** A body that ends before its end. */
function cutOff(text: string): ReadableStream {
  const parts = [new TextEncoder().encode(text)];
  return new ReadableStream({
    pull(controller) {
      const part = parts.pop();
      if (part === undefined) throw new RangeError(marked("connection"));
      controller.enqueue(part);
    },
  });
}

it("no account, remark, token, Sign, body or reason is in any log line", async ({ expect }) => {
  await env.BLOCKLIST.put(`user:${marked("applicant")}`, marked("reason"));
  await env.BLOCKLIST.put(`user:${marked("responder")}`, `{${marked("broken rule")}`);

  // Answered.
  await send(response);
  await send(response, { token: PREVIOUS });
  await send(request);
  await send({ ...request, FriendItem: [request.FriendItem[0], marked("item"), null] });
  await send(added);
  await send(blocked);
  await send({ CallbackCommand: "Sns.CallbackFriendDelete", PairList: [] });
  await send({ CallbackCommand: marked("command"), secret: marked("value") });
  await send("", { query: without("CallbackCommand", "SdkAppid") });

  // The blocklist, the queue and the database fail.
  await send(response, {}, { BLOCKLIST: { get: () => throwing() } });
  await send(request, {}, { BLOCKLIST: { get: () => throwing() } });
  await send(request, {}, { FRIEND_EVENTS: brokenQueue, RECORD_RESPONSES: "all" });
  const atOnce = { RECORD_RESPONSES: "all", RECORD_TO: "table", DB: brokenDb };
  await send(request, {}, atOnce);
  await send(response, {}, { ...atOnce, FRIEND_EVENTS: brokenQueue });
  await send(response, {}, { BLOCKLIST: { get: () => Promise.reject(marked("reason")) } });
  const hanging = { get: () => new Promise(() => {}) };
  await send(response, {}, { BLOCKLIST: hanging, BLOCKLIST_TIMEOUT_MS: "1" });
  for (const change of [added, blocked]) {
    await send(change, {}, { FRIEND_EVENTS: brokenQueue });
    await send(change, {}, { FRIEND_EVENTS: brokenQueue, DB: brokenDb });
  }

  // Refused.
  await send(response, { path: `/${marked("path")}` });
  await send(response, { init: { method: "PUT" } });
  await send(
    { CallbackCommand: "State.StateChange" },
    { init: { headers: { "Content-Length": "9999999" } } },
  );
  await send(response, { query: without("Sign") });
  await send(response, { query: { Sign: marked("sign") } });
  await send(response, { requestTime: marked("time") });
  await send(response, { requestTime: "1669872112" });
  await send(response, { query: { SdkAppid: marked("app") } });
  await send(response, { query: without("SdkAppid") });
  await send(response, { query: without("CallbackCommand") });
  const other = { CallbackCommand: "State.StateChange", secret: marked("value") };
  await send(other, { query: { contenttype: marked("type") } });
  await send(other, { query: { optplatform: marked("platform") } });
  await send(`{"${MARK}`, { query: { CallbackCommand: other.CallbackCommand } });
  await send(response, { query: { CallbackCommand: "Sns.CallbackFriendAdd" } });
  await send(`{"${MARK}`, { query: { CallbackCommand: "Sns.CallbackFriendAdd" } });
  await send(`"${MARK}"`, { query: { CallbackCommand: "Sns.CallbackFriendAdd" } });
  await send({ ...added, PairList: [{ From_Account: marked("\n"), To_Account: MARK }] });
  await send({ ...blocked, PairList: [{ From_Account: marked("\n"), To_Account: MARK }] });
  await send({ ...blocked, PairList: { [marked("key")]: marked("value") } });
  await send({ ...added, PairList: { [marked("key")]: marked("value") } });
  await send({ ...response, ResponseFriendItem: [{ To_Account: { [marked("key")]: 1 } }] });
  await send({ ...response, ResponseFriendItem: { [marked("key")]: marked("value") } });
  await send({ ...request, FriendItem: { [marked("key")]: marked("value") } });
  await send(request, { query: { CallbackCommand: "Sns.CallbackPrevFriendResponse" } });
  await send(response, { query: { CallbackCommand: "C2C.CallbackBeforeSendMsg" } });
  await send({ ...added, PairList: [{ From_Account: marked("x".repeat(50_000)), To_Account: 1 }] });
  await send(other, { init: { body: cutOff(`{"${MARK}`) } });
  await send(other, {
    init: { body: `{"${MARK}`, headers: { "Content-Encoding": marked("encoding") } },
  });

  // Wrong settings, and bugs.
  await send(response, {}, { CALLBACK_PATH: marked("path") });
  await send(response, {}, { SDK_APP_ID: marked("app"), BLOCKLIST_KINDS: marked("kind") });
  const buggy = {
    get BLOCKLIST() {
      return throwing();
    },
  };
  await fetchWorker(
    await callbackRequest(response, { token: TOKEN }),
    Object.create(envWith({ CALLBACK_TOKEN: TOKEN }), Object.getOwnPropertyDescriptors(buggy)),
  );

  // The consumer.
  const queue = heldQueue();
  await send(added, {}, { FRIEND_EVENTS: queue });
  await send(request, {}, { FRIEND_EVENTS: queue, RECORD_RESPONSES: "all" });
  await send(blocked, {}, { FRIEND_EVENTS: queue });
  await deliver(queue.messages);
  await deliver([...queue.messages, marked("message"), { v: 99, secret: marked("value") }]);
  await deliver(queue.messages, { env: envWith({ DB: brokenDb }) });
  await deliver(queue.messages, { queue: "friend-events-dlq", env: envWith({ DB: brokenDb }) });

  const lines = logLines().map((line) => JSON.stringify(line));
  expect(lines.filter((line) => line.toLowerCase().includes(MARK))).toEqual([]);
  expect(lines.filter((line) => signs.some((sign) => line.includes(sign)))).toEqual([]);

  // Every path was gone: otherwise the lines above would prove nothing.
  const seen = new Set(
    logLines().map(({ event, reason, blocklist }) => [event, reason ?? blocklist].join(" ").trim()),
  );
  expect([...seen].sort()).toEqual(expect.arrayContaining(PATHS));
});

const PATHS = [
  "accepted",
  "accepted unhandled-command",
  "accepted url-check",
  "applied",
  "broken-rule",
  "decided read",
  "enqueued",
  "failed change-refused",
  "failed crashed",
  "failed misconfigured",
  "failed not-kept",
  "failed not-recorded",
  "failed not-stored",
  "failed request-refused",
  "failed response-refused",
  "failed undecided",
  "refused app-missing",
  "refused app-wrong",
  "refused command-mismatch",
  "refused command-missing",
  "refused content-encoding",
  "refused content-type",
  "refused cut-off",
  "refused malformed",
  "refused method",
  "refused parameter-repeated",
  "refused path",
  "refused sign-missing",
  "refused sign-wrong",
  "refused time-malformed",
  "refused time-stale",
  "refused too-large",
  "retried Error",
];
