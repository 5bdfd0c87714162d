import {
  BLOCKLIST_TIMEOUT_DEFAULT_MS,
  RECORD_TIMEOUT_MS,
  SEND_TIMEOUT_MS,
} from "../../src/limits.ts";

/**
 * The least that a Worker can do for the same callbacks: parse the JSON, make the same binding
 * calls, write the same reply and the same line of log. No Sign, no validation, no time limits, no
 * framework. The benchmark fails when its calls are not the product's.
 */
export type FloorEnv = Env & {
  LOG: "on" | "off";
  /** How many messages the product writes about a friend response. */
  RECORDS: string;
  SDK_APP_ID: string;
};
export type Body = {
  CallbackCommand: string;
  From_Account: string;
  ResponseFriendItem: { To_Account: string }[];
  PairList: { From_Account: string; To_Account: string; Initiator_Account?: string }[];
};

/** Waits for a call of a binding, at most so many milliseconds. The floor waits for as long as it takes. */
type Within = <T>(ms: number, call: () => Promise<T>) => Promise<T>;

export default {
  fetch: async (request, env, ctx) =>
    answer(await request.json<Body>(), env, ctx, (_, call) => call()),
} satisfies ExportedHandler<FloorEnv>;

export async function answer(
  body: Body,
  env: FloorEnv,
  ctx: ExecutionContext,
  within: Within,
): Promise<Response> {
  const reply = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };
  if (body.CallbackCommand === "Sns.CallbackPrevFriendResponse") {
    const from = body.From_Account;
    const keys = new Set([`user:${from}`]);
    for (const { To_Account: to } of body.ResponseFriendItem) {
      keys.add(`user:${to}`).add(`pair:${from}:${to}`);
    }
    const rules = await within(BLOCKLIST_TIMEOUT_DEFAULT_MS, () =>
      env.BLOCKLIST.get([...keys], "text"),
    );
    const items = body.ResponseFriendItem.map(({ To_Account }) => ({
      To_Account,
      ResultCode: rules.get(`user:${To_Account}`) ? 38000 : 0,
      ResultInfo: "",
    }));
    for (let record = 0; record < Number(env.RECORDS); record += 1) {
      ctx.waitUntil(
        within(RECORD_TIMEOUT_MS, () =>
          env.FRIEND_EVENTS.send({ v: 2, from, items }, { contentType: "json" }),
        ),
      );
    }
    if (env.LOG === "on") console.log(JSON.stringify({ event: "decided", items: items.length }));
    return Response.json({ ...reply, ResultItem: items });
  }
  const added = body.CallbackCommand === "Sns.CallbackFriendAdd";
  await within(SEND_TIMEOUT_MS, () =>
    env.FRIEND_EVENTS.send(
      {
        v: 2,
        type: added ? "friends-added" : "friends-deleted",
        orderKey: Date.now() * 1024,
        source: added ? "friend_add" : null,
        adminId: null,
        forced: false,
        pairs: body.PairList.map((pair) => [
          pair.From_Account,
          pair.To_Account,
          pair.Initiator_Account ?? null,
        ]),
      },
      { contentType: "json" },
    ),
  );
  if (env.LOG === "on") {
    console.log(JSON.stringify({ event: "enqueued", pairs: body.PairList.length }));
  }
  return Response.json(reply);
}
