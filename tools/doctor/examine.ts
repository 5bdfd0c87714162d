import { latencyOf } from "../lib/latency.ts";
import { type SendOptions, type Sent, sendCallback, type Target } from "../tencent/send.ts";
import { backendFindings } from "./backend.ts";
import {
  contentTypeFinding,
  EMPTY,
  EMPTY_RESPONSE,
  emptyFinding,
  latencyFinding,
  malformedFinding,
  refusedFinding,
  signedFinding,
  UNKNOWN_COMMAND,
  unknownCommandFinding,
} from "./callbacks.ts";
import { decisionFindings, RESERVED_RESPONSE } from "./decision.ts";
import { type Finding, failed, ok, unknown } from "./finding.ts";
import {
  clockFinding,
  friendgateFinding,
  type Health,
  type HealthReply,
  parseHealth,
  readHealth,
  storeFindings,
  transportFinding,
} from "./health.ts";
import { requestsFinding } from "./requests.ts";
import { shardsFinding } from "./shards.ts";

export type ExamineOptions = {
  target: Target;
  apiToken: string | undefined;
  /** How many requests are measured. */
  requests: number;
  /** Ask about reserved ids, which leaves two rows in the record. */
  decide: boolean;
};

/** More than the minute by which RequestTime may differ. */
const OUTSIDE_TOLERANCE_MS = 120_000;

/**
 * What can be found out about a deployment from outside. It sends no pair and asks about no user. So it
 * leaves only lines in the deployment's log. With `decide` it also leaves rows in the record. It ends
 * early if it could find out nothing more.
 */
export async function* examine(options: ExamineOptions): AsyncGenerator<Finding> {
  const { target, apiToken } = options;
  const health = await readHealth(target.url);
  if (!health.ok) {
    yield failed(
      "reachable",
      health.error,
      "check --url, and whether the Worker is deployed (or `npm start` runs)",
    );
    return;
  }
  yield ok("reachable", new URL(target.url).origin);
  yield transportFinding(target.url);
  const friendgate = friendgateFinding(health);
  yield friendgate;
  if (friendgate.level === "failed") return;

  const aheadMs = health.dateMs === undefined ? undefined : health.dateMs - health.localMs;
  yield clockFinding(aheadMs);
  const figures = apiToken === undefined ? undefined : await readHealth(target.url, apiToken);
  const told = toldIn(figures);
  const backend = told?.backend;
  yield* callbackFindings(
    { ...options, hasBackend: told && backend !== undefined },
    () => Date.now() + (aheadMs ?? 0),
  );

  if (figures === undefined) {
    const what = "blocklist, dead letters, queues and backend: cannot tell without the API token";
    yield unknown("stores", what, "set API_TOKEN");
    return;
  }
  if (figures.ok) yield* storeFindings(figures);
  else yield failed("stores", figures.error, "see whether the Worker is up");
  if (told !== undefined) {
    yield await requestsFinding(target.url, apiToken ?? "");
    yield await shardsFinding(target.url, apiToken ?? "", told.databasesAway);
  }
  if (backend !== undefined) yield* backendFindings(backend);
}

/** What /health tells with the API token. Undefined if it does not tell. */
function toldIn(figures: HealthReply | undefined): Health | undefined {
  const health = figures?.ok ? parseHealth(figures.text) : undefined;
  return health?.deadLetters === undefined ? undefined : health;
}

/** @param now the server's clock: a wrong clock here is a finding of its own */
async function* callbackFindings(
  { target, requests, decide, hasBackend }: ExamineOptions & { hasBackend: boolean | undefined },
  now: () => number,
): AsyncGenerator<Finding> {
  const replies: Sent[] = [];
  async function send(
    command: string | undefined,
    body: string,
    { as = target, ...options }: SendOptions & { as?: Target } = {},
  ): Promise<Sent> {
    const sent = await sendCallback(as, command, body, { nowMs: now(), ...options });
    replies.push(sent);
    return sent;
  }
  const unknownBody = JSON.stringify({ CallbackCommand: UNKNOWN_COMMAND });
  const sendUnknown = (options?: SendOptions & { as?: Target }) =>
    send(UNKNOWN_COMMAND, unknownBody, options);
  const sendBody = (body: { CallbackCommand: string }) =>
    send(body.CallbackCommand, JSON.stringify(body));

  const signed = signedFinding(await send(undefined, ""));
  yield signed;
  if (signed.level === "failed") return;

  yield refusedFinding(
    "unsigned",
    401,
    await sendUnknown({ instead: { Sign: undefined, RequestTime: undefined } }),
    "remove ALLOW_UNSIGNED: anybody can write to the friends table",
  );
  const tokenTodo = "set CALLBACK_TOKEN: anybody can write to the friends table";
  const wrongToken = { ...target, token: `not ${target.token}` };
  yield refusedFinding("wrong Sign", 401, await sendUnknown({ as: wrongToken }), tokenTodo);
  const stale = { nowMs: now() - OUTSIDE_TOLERANCE_MS };
  yield refusedFinding("stale", 401, await sendUnknown(stale), tokenTodo);
  const future = { nowMs: now() + OUTSIDE_TOLERANCE_MS };
  yield refusedFinding("future", 401, await sendUnknown(future), tokenTodo);
  const otherApp = { ...target, appId: `${target.appId}0` };
  const appTodo = "deploy this version again: it answers for another app";
  yield refusedFinding("other app", 403, await sendUnknown({ as: otherApp }), appTodo);

  // If the backend is known, the Worker has asked it already.
  if (!hasBackend) yield unknownCommandFinding(await sendUnknown(), hasBackend);
  for (const [what, body] of EMPTY) {
    yield emptyFinding(what, body.CallbackCommand, await sendBody(body));
  }
  // Without a command. A change that cannot be read would be an alert, and other commands go to the
  // backend.
  yield malformedFinding(await send(undefined, "{"));

  if (decide) {
    yield* decisionFindings(await sendBody(RESERVED_RESPONSE));
  } else {
    yield unknown("decision", "not asked: the answer leaves rows in the record", "--decide asks");
  }
  yield contentTypeFinding(replies);

  const durationsMs: number[] = [];
  for (let count = 0; count < requests; count += 1) {
    durationsMs.push((await sendBody(EMPTY_RESPONSE)).received.elapsedMs);
  }
  const latency = latencyOf(durationsMs);
  if (latency !== undefined) yield latencyFinding(latency, requests);
}
