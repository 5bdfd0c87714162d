import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import { readRequests, readResponses } from "../../src/api/decided.ts";
import { readRuleEffects } from "../../src/api/rule-effects.ts";
import { readStats } from "../../src/api/stats.ts";
import { anyCallback, backendOf, callbackWith } from "../support/backend.ts";
import { afterMs, until } from "../support/clock.ts";
import { oneDatabase } from "../support/databases.ts";
import { logLines } from "../support/log.ts";
import { callbackRequest, friendAdd, QUESTIONS, TOKEN } from "../support/tencent.ts";
import { deliver, envWith, fetchInFront, heldQueue, storedFriends } from "../support/worker.ts";

const BEFORE = anyCallback("C2C.CallbackBeforeSendMsg", { MsgBody: ["private-text"] });
const AFTER = anyCallback("State.StateChange", { Info: "private-text" });
const OK = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };
const never = () => new Promise<Response>(() => {});
const down = () => Promise.reject(new TypeError("private: connection refused"));

describe("a callback that friendgate does not handle", () => {
  it.for([BEFORE, AFTER])("is answered by the backend: %j", async (body, { expect }) => {
    const answer = '{ "ActionStatus":"OK","ErrorCode":0,"MsgBody":[] }';
    const BACKEND = backendOf(
      () => new Response(answer, { status: 201, headers: { "Content-Type": "x/y", "X-Z": "1" } }),
    );
    const { response, kept } = await callbackWith({ BACKEND }, body);
    expect(response.status).toBe(201);
    expect([...response.headers]).toEqual([["content-type", "x/y"]]);
    expect(await response.text()).toBe(answer);
    expect(BACKEND.asked).toHaveLength(1);
    expect(BACKEND.asked[0]?.body).toBe(JSON.stringify(body));
    expect(kept).toEqual([]);
    expect(logLines()).toEqual([
      {
        event: "passed-on",
        command: body.CallbackCommand,
        token: "current",
        status: 201,
        ms: expect.any(Number),
      },
    ]);
  });

  it("says which try it is, when Tencent made it, and how long it waits", async ({ expect }) => {
    const BACKEND = backendOf(() => new Response("{}"));
    const requestTime = String(Math.floor(Date.now() / 1_000) - 5);
    await callbackWith({ BACKEND }, BEFORE, { requestTime });
    const [asked] = BACKEND.asked;
    expect(asked?.headers.get("X-Friendgate-Attempt")).toBe("1");
    expect(asked?.headers.get("X-Friendgate-Request-Time")).toBe(requestTime);
    expect(Number(asked?.headers.get("X-Friendgate-Deadline-Ms"))).toBeLessThanOrEqual(1_500);
    expect(Number(asked?.headers.get("X-Friendgate-Deadline-Ms"))).toBeGreaterThan(1_000);
    expect(asked?.redirect).toBe("manual");
  });

  it.for([
    ["a body that is not JSON", "not JSON", {}],
    ["a contenttype that is not json", BEFORE, { contenttype: "xml" }],
    ["another command in its body", AFTER, { CallbackCommand: "C2C.CallbackBeforeSendMsg" }],
    ["a command that nobody knows", BEFORE, { CallbackCommand: "whatever" }],
  ] as const)("is passed on with %s", async ([, body, query], { expect }) => {
    const BACKEND = backendOf(() => new Response("theirs"));
    const parameters = { CallbackCommand: "C2C.CallbackBeforeSendMsg", ...query };
    const { response } = await callbackWith({ BACKEND }, body, { query: parameters });
    expect(await response.text()).toBe("theirs");
  });

  it("has no Content-Type where Tencent's had none, and neither has the answer", async ({
    expect,
  }) => {
    const BACKEND = backendOf(() => new Response(new TextEncoder().encode("{}")));
    const init = { method: "POST", body: new Uint8Array([0x7b, 0x7d]) };
    const { response } = await callbackWith({ BACKEND }, BEFORE, { init });
    expect(BACKEND.asked[0]?.headers.has("Content-Type")).toBe(false);
    expect([...response.headers]).toEqual([]);
  });

  it.for([
    ["none", undefined, null],
    ["one that no header can hold", "5\n6", "5%0A6"],
  ] as const)(
    "that is not signed, with %s for a RequestTime, is passed on",
    async ([, RequestTime, told], { expect }) => {
      const BACKEND = backendOf(() => new Response("theirs"));
      const settings = { BACKEND, ALLOW_UNSIGNED: "true" };
      const query = { Sign: undefined, RequestTime };
      const { response } = await callbackWith(settings, AFTER, { query });
      expect(await response.text()).toBe("theirs");
      expect(BACKEND.asked[0]?.headers.get("X-Friendgate-Request-Time")).toBe(told);
    },
  );

  it.for([
    ["https://other.example/im", "https://other.example/im?"],
    ["https://other.example/im?", "https://other.example/im?"],
    ["https://other.example/im?key=1", "https://other.example/im?key=1&"],
    ["https://other.example/im?key=1&", "https://other.example/im?key=1&"],
  ] as const)("goes to %s by %s and its query", async ([BACKEND_URL, start], { expect }) => {
    const fetched = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("theirs"));
    const { url } = await callbackRequest(AFTER);
    const odd = `${url}&a=%zz&&b=+&a=1&c`;
    const request = new Request(odd, { method: "POST", body: JSON.stringify(AFTER) });
    await fetchInFront(request, envWith({ BACKEND_URL })).response;
    const [asked] = fetched.mock.calls[0] as [Request];
    expect(asked.url).toBe(start + odd.slice(odd.indexOf("?") + 1));
  });

  it("gives the backend what is left of its time", async ({ expect }) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const BACKEND = backendOf(() => new Response("theirs"));
    const { url } = await callbackRequest(BEFORE);
    const arrivesWithin = async (ms: number) => {
      const body = new ReadableStream(
        {
          pull: (controller) => {
            vi.setSystemTime(Date.now() + ms);
            controller.enqueue(new TextEncoder().encode("{}"));
            controller.close();
          },
        },
        { highWaterMark: 0 },
      );
      const request = new Request(url, { method: "POST", body });
      return (await fetchInFront(request, envWith({ BACKEND })).response).status;
    };
    expect(await arrivesWithin(400)).toBe(200);
    expect(BACKEND.asked[0]?.headers.get("X-Friendgate-Deadline-Ms")).toBe("1100");
    expect(await arrivesWithin(1_500)).toBe(502);
    expect(BACKEND.asked).toHaveLength(1);
    expect(logLines()).toMatchObject([{ event: "passed-on" }, { reason: "backend-late" }]);
  });

  it("is answered OK without a backend, as ever", async ({ expect }) => {
    const { response } = await callbackWith({}, AFTER);
    expect(await response.json()).toEqual(OK);
    expect(logLines()).toMatchObject([{ event: "accepted", reason: "unhandled-command" }]);
  });

  it.for([
    ["a wrong Sign", { token: "another" }],
    ["no Sign", { query: { Sign: undefined } }],
    ["an old RequestTime", { requestTime: "1700000000" }],
    ["another app", { query: { SdkAppid: "1" } }],
    ["another path", { path: "/other" }],
  ] as const)("does not reach the backend with %s", async ([, options], { expect }) => {
    const BACKEND = backendOf(() => new Response("{}"));
    const { response, behind, kept } = await callbackWith({ BACKEND }, AFTER, options);
    expect(response.ok).toBe(false);
    expect({ asked: BACKEND.asked, behind, kept }).toEqual({ asked: [], behind: [], kept: [] });
  });

  it("is not what the console's URL check is", async ({ expect }) => {
    const BACKEND = backendOf(() => new Response("{}"));
    const query = { SdkAppid: undefined, contenttype: undefined };
    const { response } = await callbackWith({ BACKEND }, null, { query });
    expect(await response.json()).toEqual(OK);
    expect(BACKEND.asked).toEqual([]);
  });
});

describe("a callback whose command is repeated", () => {
  const repeated = async (...commands: string[]) => {
    const { url } = await callbackRequest(anyCallback(commands[0] ?? ""));
    const rest = commands.slice(1).map((command) => `&CallbackCommand=${command}`);
    return new Request(url + rest.join(""), { method: "POST", body: "{}" });
  };

  it("is passed on as one before an action, where one of them is", async ({ expect }) => {
    const BACKEND = backendOf(() => new Response("theirs", { status: 500 }));
    const request = await repeated("State.StateChange", "C2C.CallbackBeforeSendMsg");
    const response = await fetchInFront(request, envWith({ BACKEND })).response;
    expect(response.status).toBe(500);
    expect(await response.text()).toBe("theirs");
  });

  it("is refused where friendgate could have been meant", async ({ expect }) => {
    const BACKEND = backendOf(() => new Response("theirs"));
    for (const commands of [
      ["State.StateChange", "Sns.CallbackFriendAdd"],
      ["Sns.CallbackFriendAdd", "State.StateChange"],
    ]) {
      const settings = { BACKEND, BACKEND_COMMANDS: "*" };
      const { response } = fetchInFront(await repeated(...commands), envWith(settings));
      expect(await (await response).json()).toMatchObject({ ActionStatus: "FAIL" });
    }
    expect(BACKEND.asked).toEqual([]);
  });
});

describe("before an action", () => {
  it.for([400, 500, 302])("the backend's %d is the answer, too", async (status, { expect }) => {
    const BACKEND = backendOf(() => new Response("theirs", { status }));
    const { response, kept } = await callbackWith({ BACKEND }, BEFORE);
    expect(response.status).toBe(status);
    expect(await response.text()).toBe("theirs");
    expect(kept).toEqual([]);
  });

  it.for([
    ["fail", 502, { ActionStatus: "FAIL", ErrorInfo: "the backend did not answer" }],
    ["allow", 200, OK],
  ] as const)(
    "a backend that is late is answered for: %s",
    async ([onError, status, reply], { expect }) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
      const BACKEND = backendOf(never);
      const workerEnv = envWith({ BACKEND, ON_BACKEND_ERROR: onError, BACKEND_TIMEOUT_MS: "700" });
      const { response } = fetchInFront(await callbackRequest(BEFORE), workerEnv);
      await until(() => BACKEND.asked.length === 1);
      expect(await afterMs(600, response)).toBe("still waiting");
      await vi.advanceTimersByTimeAsync(200);
      expect((await response).status).toBe(status);
      expect(await (await response).json()).toMatchObject(reply);
      expect(logLines()).toMatchObject([
        { event: "failed", reason: "backend-late", answered: onError },
      ]);
    },
  );

  it.for([
    ["fail", 502],
    ["allow", 200],
  ] as const)("a backend that is away is answered for: %s", async ([how, status], { expect }) => {
    const BACKEND = backendOf(down);
    const { response, kept } = await callbackWith({ BACKEND, ON_BACKEND_ERROR: how }, BEFORE);
    expect(response.status).toBe(status);
    expect(kept).toEqual([]);
    expect(logLines()).toMatchObject([
      { event: "failed", reason: "backend-unreachable", error: "TypeError", answered: how },
    ]);
    expect(JSON.stringify(logLines())).not.toContain("private");
  });

  it("an answer without content is the answer, too", async ({ expect }) => {
    const BACKEND = backendOf(() => new Response(null, { status: 204 }));
    const { response } = await callbackWith({ BACKEND }, BEFORE);
    expect(response.status).toBe(204);
    expect(response.body).toBeNull();
  });

  it("an answer may have 2 MB", async ({ expect }) => {
    const large = "x".repeat(2_000_000);
    const { response } = await callbackWith(
      { BACKEND: backendOf(() => new Response(large)) },
      BEFORE,
    );
    expect(await response.text()).toBe(large);
  });

  it.for([
    [103, "fail", 502],
    [999, "fail", 502],
    [999, "allow", 200],
  ] as const)(
    "a status of %d, which nobody can relay, is none: %s",
    async ([status, how, answered], { expect }) => {
      // Made so, for no Response of ours can have it: over HTTP it comes.
      const odd = Object.defineProperty(new Response("theirs"), "status", { value: status });
      const settings = { BACKEND: backendOf(() => odd), ON_BACKEND_ERROR: how };
      const { response } = await callbackWith(settings, BEFORE);
      expect(response.status).toBe(answered);
      expect(logLines()).toMatchObject([
        { reason: "backend-unreachable", error: `status-${status}`, answered: how },
      ]);
    },
  );

  it("what is no answer is not read to its end", async ({ expect }) => {
    const cancel = vi.fn();
    const body = () => new ReadableStream({ cancel });
    const loop = new Response(body(), { headers: { "X-Friendgate-Loop": "1" } });
    const odd = Object.defineProperty(new Response(body()), "status", { value: 999 });
    for (const answer of [loop, odd]) {
      const { response } = await callbackWith({ BACKEND: backendOf(() => answer) }, BEFORE);
      expect(response.status).toBe(502);
    }
    expect(cancel).toHaveBeenCalledTimes(2);
  });

  it("a backend that is late is told that nobody waits any more", async ({ expect }) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const asked = Promise.withResolvers<AbortSignal>();
    const BACKEND = {
      fetch: ({ signal }: Request) => {
        asked.resolve(signal);
        return never();
      },
    };
    const { response } = fetchInFront(await callbackRequest(BEFORE), envWith({ BACKEND }));
    const signal = await asked.promise;
    expect(signal.aborted).toBe(false);
    expect(await afterMs(1_500, response)).toMatchObject({ status: 502 });
    expect(signal.aborted).toBe(true);
  });

  it("an answer that breaks off or has no end is none", async ({ expect }) => {
    const breaksOff = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode("{"));
        controller.error(new Error("private: reset"));
      },
    });
    const BACKEND = backendOf(() => new Response(breaksOff));
    const { response } = await callbackWith({ BACKEND }, BEFORE);
    expect(response.status).toBe(502);
    const endless = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(1_000_000)),
    });
    const other = await callbackWith({ BACKEND: backendOf(() => new Response(endless)) }, BEFORE);
    expect(other.response.status).toBe(502);
    expect(logLines()).toMatchObject([
      { reason: "backend-unreachable", error: "cut-off" },
      { reason: "backend-unreachable", error: "too-large" },
    ]);
  });
});

describe("after an action", () => {
  it.for([
    ["status", () => new Response("private", { status: 500 })],
    ["status", () => new Response(null, { status: 302 })],
    ["status", () => new Response("private", { status: 300 })],
    ["unreachable", down],
  ] as const)("what the backend does not take (%s) is kept", async ([why, answer], { expect }) => {
    const BACKEND = backendOf(answer);
    vi.useFakeTimers({ toFake: ["Date"] });
    const { response, kept } = await callbackWith({ BACKEND }, AFTER);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(OK);
    expect(kept).toEqual([
      {
        v: 1,
        type: "callback",
        command: "State.StateChange",
        arrivedMs: Date.now(),
        requestTime: expect.stringMatching(/^\d+$/),
        token: "current",
        attempts: 1,
        query: new URL(BACKEND.asked[0]?.url ?? "").search.slice(1),
        contentType: "text/plain;charset=UTF-8",
        encoding: "utf-8",
        body: JSON.stringify(AFTER),
      },
    ]);
    expect(logLines()).toMatchObject([{ event: "kept", why, bytes: expect.any(Number) }]);
    expect(JSON.stringify(logLines())).not.toContain("private");
  });

  it("bytes that are no text are kept as they are", async ({ expect }) => {
    const bytes = Uint8Array.from([0xef, 0xbb, 0xbf, 0x7b, 0xc4, 0xe3, 0x00, 0x7d]);
    const { kept } = await callbackWith({ BACKEND: backendOf(down) }, AFTER, {
      init: { method: "POST", body: bytes },
    });
    expect(kept).toMatchObject([{ encoding: "base64", body: bytes.toBase64(), contentType: null }]);
  });

  it.for([
    ["the queue refuses", { send: () => Promise.reject(new Error("down")) }, AFTER, "Error"],
    [
      "it is too large",
      {},
      anyCallback("State.StateChange", { a: "x".repeat(120_000) }),
      "too-large",
    ],
  ] as const)("it is not answered OK where %s", async ([, queue, body, why], { expect }) => {
    const settings = { BACKEND: backendOf(down), BACKEND_CALLBACKS: queue };
    const { response } = await callbackWith(settings, body);
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ ActionStatus: "FAIL", ErrorCode: 1 });
    expect(logLines()).toMatchObject([
      { event: "failed", reason: "not-passed-on", why: "unreachable", queue: why },
    ]);
  });

  it("it is not answered OK where backend and queue hang", async ({ expect }) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const workerEnv = envWith({
      BACKEND: backendOf(never),
      BACKEND_CALLBACKS: { send: never },
    });
    const { response } = fetchInFront(await callbackRequest(AFTER), workerEnv);
    await scheduler.wait(50);
    await vi.advanceTimersByTimeAsync(1_500);
    expect(await afterMs(400, response)).toMatchObject({ status: 502 });
    expect(logLines()).toMatchObject([{ reason: "not-passed-on", why: "late", queue: "timeout" }]);
  });
});

describe("what becomes of callbacks", () => {
  it.for([
    [BEFORE, () => new Response("", { status: 500 }), ["failed"]],
    [BEFORE, () => new Response("", { status: 403 }), ["passed-on"]],
    [BEFORE, down, ["failed"]],
    [AFTER, () => new Response(""), ["passed-on"]],
    [AFTER, () => new Response("", { status: 500 }), ["failed", "kept"]],
  ] as const)("is measured: %j", async ([body, answer, outcomes], { expect }) => {
    const points: { blobs: string[]; doubles: number[] }[] = [];
    const METRICS = { writeDataPoint: (point: (typeof points)[0]) => points.push(point) };
    await callbackWith({ BACKEND: backendOf(answer), METRICS }, body);
    expect(points.map(({ blobs }) => blobs.slice(0, 2))).toEqual(
      outcomes.map((outcome) => [body.CallbackCommand, outcome]),
    );
    expect(points[0]?.doubles).toEqual([expect.any(Number), 1]);
  });
});

describe("what is on its way to the queue when the answer is due", () => {
  it.for(["resolve", "reject"] as const)("is waited for behind it: %s", async (end, { expect }) => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const sending = Promise.withResolvers<void>();
    const sent = vi.fn(() => sending.promise);
    const settings = { BACKEND: backendOf(down), BACKEND_CALLBACKS: { send: sent } };
    const { response, behind } = fetchInFront(await callbackRequest(AFTER), envWith(settings));
    await until(() => sent.mock.calls.length === 1);
    const ended = { fulfilled: 0, rejected: 0 };
    for (const work of behind) {
      work.then(
        () => ended.fulfilled++,
        () => ended.rejected++,
      );
    }
    expect(await afterMs(400, response)).toMatchObject({ status: 502 });
    const before = ended.fulfilled;
    sending[end]();
    await scheduler.wait(1);
    expect(ended).toEqual({ fulfilled: before + 1, rejected: 0 });
  });
});

describe("BACKEND_COMMANDS", () => {
  it.for([
    ["C2C.*", "C2C.CallbackBeforeSendMsg", true],
    ["C2C.*", "C2CX.CallbackAfterSendMsg", false],
    ["C2C.*", "State.StateChange", false],
    ["State.StateChange, Group.*", "State.StateChange", true],
    ["*,!State.*", "State.StateChange", false],
    ["*,!Group.*,Group.CallbackAfterSendMsg", "Group.CallbackAfterSendMsg", true],
    ["*,!Group.*,Group.CallbackAfterSendMsg", "Group.CallbackAfterNewMemberJoin", false],
    ["*.CallbackAfter*", "Group.CallbackAfterSendMsg", true],
    ["Sns.CallbackFriendAdd", "State.StateChange", false],
    ["*", "odd\ncommand", true],
    ["**.StateChange", "State.StateChange", true],
    ["State.StateChange", "State_StateChange", false],
    ["State.State", "State.StateChange", false],
    ["*Change*State*", "State.StateChange", false],
    ["State*State", "State", false],
    ["State.*State*Change", "State.StateChange", true],
    ["*State*Change*Change", "State.StateChange", false],
    ["*a".repeat(40), "a".repeat(5_000), true],
    [`${"*a".repeat(40)}*b`, "a".repeat(5_000), false],
  ] as const)("%s: %s is passed on: %s", async ([patterns, command, isPassed], { expect }) => {
    const BACKEND = backendOf(() => new Response("theirs"));
    const { response } = await callbackWith(
      { BACKEND, BACKEND_COMMANDS: patterns },
      anyCallback(command),
    );
    expect(await response.text()).toBe(isPassed ? "theirs" : JSON.stringify(OK));
    expect(BACKEND.asked).toHaveLength(isPassed ? 1 : 0);
  });
});

describe("a change of friendships that the backend wants, too", () => {
  const settings = { BACKEND_COMMANDS: "*" };

  it("is kept for it, and never waits for it", async ({ expect }) => {
    const BACKEND = backendOf(never);
    const FRIEND_EVENTS = heldQueue();
    const { response, kept } = await callbackWith(
      { ...settings, BACKEND, FRIEND_EVENTS },
      friendAdd(["a", "b"]),
    );
    expect(await response.json()).toEqual(OK);
    expect(BACKEND.asked).toEqual([]);
    expect(kept).toMatchObject([{ command: "Sns.CallbackFriendAdd", attempts: 0 }]);
    await deliver(FRIEND_EVENTS.messages);
    expect(await storedFriends()).toMatchObject([{ user_id: "a", friend_id: "b" }]);
  });

  it("is kept for it where friendgate cannot read it", async ({ expect }) => {
    const BACKEND = backendOf(never);
    const { response, kept } = await callbackWith(
      { ...settings, BACKEND },
      anyCallback("Sns.CallbackFriendAdd", { PairList: "odd" }),
    );
    expect(await response.json()).toMatchObject({ ActionStatus: "FAIL" });
    expect(kept).toMatchObject([{ command: "Sns.CallbackFriendAdd" }]);
  });

  it("goes to it at once where no message holds it, and is answered OK where it takes it", async ({
    expect,
  }) => {
    const ids = Array.from({ length: 2_000 }, (_, n): [string, string] => [
      `a-${n}`.padEnd(40),
      "b",
    ]);
    const large = friendAdd(...ids);
    const FRIEND_EVENTS = heldQueue();
    const taking = backendOf(() => new Response(""));
    const taken = await callbackWith({ ...settings, BACKEND: taking, FRIEND_EVENTS }, large);
    expect(await taken.response.json()).toEqual(OK);
    expect(taking.asked.map(({ body }) => body)).toEqual([JSON.stringify(large)]);
    const lost = await callbackWith(
      { ...settings, BACKEND: backendOf(down), FRIEND_EVENTS },
      large,
    );
    expect(lost.response.status).toBe(502);
    expect(taken.kept).toEqual([]);
    expect(logLines()).toContainEqual(
      expect.objectContaining({ event: "failed", reason: "not-passed-on", why: "unreachable" }),
    );
  });

  it("is not answered OK where the copy is lost, and is stored all the same", async ({
    expect,
  }) => {
    const FRIEND_EVENTS = heldQueue();
    const BACKEND_CALLBACKS = { send: () => Promise.reject(new Error("down")) };
    const { response } = await callbackWith(
      { ...settings, BACKEND: backendOf(never), FRIEND_EVENTS, BACKEND_CALLBACKS },
      friendAdd(["a", "b"]),
    );
    expect(response.status).toBe(502);
    expect(await response.json()).toMatchObject({ ActionStatus: "FAIL" });
    expect(FRIEND_EVENTS.messages).toHaveLength(1);
  });
});

describe.for(QUESTIONS)("a friend $what that the backend is asked about, too", ({ ask, what }) => {
  const items = ["banned", "theirs", "free"];
  const answerOf = (codes: Record<string, number>) =>
    Response.json({
      ActionStatus: "OK",
      ErrorCode: 0,
      ResultItem: Object.entries(codes).map(([To_Account, ResultCode]) => ({
        To_Account,
        ResultCode,
      })),
    });
  const codesOf = async (response: Response) =>
    ((await response.json()) as { ResultItem: { ResultCode: number }[] }).ResultItem.map(
      ({ ResultCode }) => ResultCode,
    );

  it("has for each item the stricter of two answers", async ({ expect }) => {
    await env.BLOCKLIST.put("user:banned", "{}");
    await env.BLOCKLIST.put("user:both", '{"code":38100}');
    const BACKEND = backendOf(() => answerOf({ banned: 0, theirs: 38_777, free: 0, both: 38_777 }));
    const { response } = await callbackWith(
      { BACKEND, BACKEND_COMMANDS: "*" },
      ask("me", [...items, "both"]),
    );
    expect(await codesOf(response)).toEqual([38_000, 38_777, 0, 38_100]);
    expect(logLines()).toMatchObject([{ event: "decided", refused: 3, refusedByBackend: 1 }]);
  });

  it("is recorded as refused by no rule where the backend refuses what a rule excepts", async ({
    expect,
  }) => {
    await env.BLOCKLIST.put("user:theirs", '{"mode":"allow"}');
    const BACKEND = backendOf(() => answerOf({ theirs: 38_777 }));
    const settings = { RECORD_RESPONSES: "all", RECORD_TO: "table" };
    const all = { ...settings, BACKEND, BACKEND_COMMANDS: "*" };
    await Promise.all((await callbackWith(all, ask("me", items))).behind);
    const { effects } = await readRuleEffects(env.DB, Date.now());
    expect(effects).toEqual([]);
    const { records } = oneDatabase();
    const query = { limit: 10, blocked: "true" } as const;
    const refused = await (what === "request"
      ? readRequests(records.db, query).then(({ requests }) => requests)
      : readResponses(records.db, query).then(({ responses }) => responses));
    expect(refused).toMatchObject([{ code: 38_777, ruleKind: null, ruleKey: null }]);
  });

  it.for([1, -5, 120_001])("is refused by a code of %d, too", async (code, { expect }) => {
    const BACKEND = backendOf(() => answerOf({ theirs: code }));
    const { response } = await callbackWith(
      { BACKEND, BACKEND_COMMANDS: "*" },
      ask("me", ["theirs", "free"]),
    );
    expect(await codesOf(response)).toEqual([38_000, 0]);
  });

  it("is refused by nobody where the backend answers OK to everything", async ({ expect }) => {
    const { response } = await callbackWith(
      { BACKEND: backendOf(() => Response.json(OK)), BACKEND_COMMANDS: "*" },
      ask("me", ["free"]),
    );
    expect(await codesOf(response)).toEqual([0]);
    expect(logLines()).toMatchObject([{ event: "decided", refused: 0, refusedByBackend: 0 }]);
  });

  it("is not asked about where friendgate refuses all of it, or by default", async ({ expect }) => {
    await env.BLOCKLIST.put("user:banned", "{}");
    const BACKEND = backendOf(() => answerOf({}));
    await callbackWith({ BACKEND, BACKEND_COMMANDS: "*" }, ask("me", ["banned"]));
    await callbackWith({ BACKEND }, ask("me", ["free"]));
    expect(BACKEND.asked).toEqual([]);
  });

  it.for([
    ["is away", down, "backend-unreachable"],
    ["fails", () => new Response("", { status: 500 }), "backend-answer"],
    [
      "fails, whatever it says",
      () =>
        Response.json(
          { ErrorCode: 0, ResultItem: [{ To_Account: "free", ResultCode: 38_000 }] },
          { status: 500 },
        ),
      "backend-answer",
    ],
    ["answers what is no JSON", () => new Response("OK"), "backend-answer"],
    [
      "fails as a whole",
      () => Response.json({ ErrorCode: 38_000, ResultItem: [] }),
      "backend-answer",
    ],
    [
      "answers with odd items",
      () => Response.json({ ErrorCode: 0, ResultItem: 1 }),
      "backend-answer",
    ],
  ] as const)("has friendgate's answer where it %s", async ([, answer, reason], { expect }) => {
    await env.BLOCKLIST.put("user:banned", "{}");
    const { response } = await callbackWith(
      { BACKEND: backendOf(answer), BACKEND_COMMANDS: "*" },
      ask("me", items),
    );
    expect(response.status).toBe(200);
    expect(await codesOf(response)).toEqual([38_000, 0, 0]);
    expect(logLines()).toMatchObject([
      { event: "failed", reason, answered: "own" },
      { event: "decided" },
    ]);
  });
});

describe("a backend that is friendgate itself", () => {
  it.for([
    ["https://callback.example/", true],
    ["https://callback.example?key=1", true],
    ["http://callback.example/", true],
    ["https://callback.example/other", false],
    ["https://callback.example:8443/", false],
    ["https://other.example/", false],
  ] as const)("at %s is not asked: %s", async ([BACKEND_URL, isOwn], { expect }) => {
    const fetched = vi.spyOn(globalThis, "fetch").mockResolvedValue(new Response("theirs"));
    const { response } = await callbackWith({ BACKEND_URL }, BEFORE);
    expect(fetched).toHaveBeenCalledTimes(isOwn ? 0 : 1);
    expect(response.status).toBe(isOwn ? 502 : 200);
    if (isOwn) expect(logLines()).toMatchObject([{ event: "failed", reason: "backend-loop" }]);
  });

  it("is never what a service binding leads to by its address", async ({ expect }) => {
    const BACKEND = backendOf(() => new Response("theirs"));
    const settings = { BACKEND, BACKEND_URL: "https://callback.example/" };
    const { response } = await callbackWith(settings, BEFORE);
    expect(await response.text()).toBe("theirs");
  });

  it("is told so when its own callback comes back, and loses none", async ({ expect }) => {
    const BACKEND = {
      fetch: (request: Request) => fetchInFront(request, envWith({ BACKEND })).response,
    };
    const before = await callbackWith({ BACKEND }, BEFORE);
    expect(before.response.status).toBe(502);
    const after = await callbackWith({ BACKEND }, AFTER);
    expect(await after.response.json()).toEqual(OK);
    expect(after.kept).toHaveLength(1);
    expect(logLines().map(({ event, reason }) => [event, reason])).toEqual([
      ["failed", "backend-loop"],
      ["failed", "backend-loop"],
      ["failed", "backend-loop"],
      ["failed", "backend-loop"],
      ["kept", undefined],
    ]);
  });
});

it("no token or Sign stands in a log line of a callback that is passed on", async ({ expect }) => {
  await callbackWith({ BACKEND: backendOf(down) }, AFTER);
  await callbackWith({ BACKEND: backendOf(() => new Response("{}")) }, BEFORE);
  expect(logLines()).toHaveLength(2);
  expect(JSON.stringify(logLines())).not.toMatch(new RegExp(`${TOKEN}|Sign|private|127\\.0`));
});

it("what becomes of callbacks is counted, by the family of their command", async ({ expect }) => {
  // Nothing that another test has counted is of this hour.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 7_200_000 });
  const windowIsOver = Promise.withResolvers<void>();
  vi.spyOn(scheduler, "wait").mockReturnValue(windowIsOver.promise);
  const fails = backendOf(() => new Response("", { status: 500 }));
  const works = backendOf(() => new Response(""));
  const lost = { send: () => Promise.reject(new Error("down")) };
  const all = { BACKEND: works, BACKEND_COMMANDS: "*" };
  const cases: [object, object][] = [
    [{ BACKEND: fails }, BEFORE],
    [{ BACKEND: works }, anyCallback("Group.CallbackAfterSendMsg")],
    [{ BACKEND: fails }, AFTER],
    [{ BACKEND: backendOf(down) }, anyCallback("Profile.CallbackPrevPortraitSet")],
    [
      { BACKEND: backendOf(never), BACKEND_TIMEOUT_MS: "1" },
      anyCallback("Bot.CallbackBeforeAnything"),
    ],
    [all, friendAdd(["a", "b"])],
    [{ ...all, BACKEND_CALLBACKS: lost }, friendAdd(["a", "b"])],
  ];
  const behind: Promise<unknown>[] = [];
  for (const [settings, body] of cases) {
    behind.push(...(await callbackWith({ FRIEND_EVENTS: heldQueue(), ...settings }, body)).behind);
  }
  windowIsOver.resolve();
  await Promise.all(behind);
  const none = { passedOn: 0, late: 0, failed: 0, kept: 0, deliveredLater: 0 };
  expect((await readStats(oneDatabase(), Date.now())).backend.lastHour).toEqual({
    // For Tencent a 5xx before an action has failed, too.
    C2C: { ...none, failed: 1 },
    Group: { ...none, passedOn: 1 },
    State: { ...none, failed: 1, kept: 1 },
    Profile: { ...none, failed: 1 },
    Bot: { ...none, late: 1 },
    Sns: { ...none, failed: 1, kept: 1 },
  });
});
