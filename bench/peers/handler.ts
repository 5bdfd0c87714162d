import { createHash, randomUUID, timingSafeEqual } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import * as z from "zod";
import { settings } from "../callbacks.ts";

const query = z.object({
  SdkAppid: z.literal(settings.SDK_APP_ID),
  CallbackCommand: z.string(),
  RequestTime: z.string().regex(/^\d{1,12}$/),
  Sign: z.string().regex(/^[0-9a-f]{64}$/),
  contenttype: z.literal("json"),
});
const userId = z.string().min(1).max(128);
const body = z.discriminatedUnion("CallbackCommand", [
  z.object({
    CallbackCommand: z.literal("Sns.CallbackPrevFriendResponse"),
    From_Account: z.string(),
    ResponseFriendItem: z.array(z.object({ To_Account: z.string(), ResponseAction: z.string() })),
  }),
  z.object({
    CallbackCommand: z.literal("Sns.CallbackFriendAdd"),
    PairList: z.array(
      z.object({ From_Account: userId, To_Account: userId, Initiator_Account: userId }),
    ),
    ClientCmd: z.string().optional(),
  }),
  z.object({
    CallbackCommand: z.literal("Sns.CallbackFriendDelete"),
    PairList: z.array(z.object({ From_Account: userId, To_Account: userId })),
  }),
]);
const OK = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };

/**
 * What one would write on a server of one's own: Sign, validation, look-up and store as the product
 * has them, with neither time limits nor a queue. It keeps friends and friend responses in the product's
 * tables.
 */
export function createHandler(db: DatabaseSync): (query: unknown, body: unknown) => object {
  const rule = db.prepare("SELECT value FROM blocklist WHERE key = ?");
  const upsert = db.prepare(
    `INSERT INTO friends (user_id, friend_id, order_key, added_at, deleted_at, initiator_id, source)
    VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (user_id, friend_id) DO UPDATE SET
      order_key = excluded.order_key, added_at = excluded.added_at, deleted_at = excluded.deleted_at,
      initiator_id = excluded.initiator_id, source = excluded.source
    WHERE excluded.order_key > friends.order_key`,
  );
  const record = db.prepare(
    `INSERT INTO friend_responses (at, call_id, item, responder_id, applicant_id, action, code)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  let orderKey = 0;

  return (rawQuery, rawBody) => {
    const { RequestTime, Sign, CallbackCommand } = query.parse(rawQuery);
    const expected = createHash("sha256")
      .update(settings.CALLBACK_TOKEN + RequestTime)
      .digest();
    if (
      Math.abs(Date.now() / 1000 - Number(RequestTime)) > 60 ||
      !timingSafeEqual(expected, Buffer.from(Sign, "hex"))
    ) {
      throw new Error("not authentic");
    }
    const callback = body.parse(rawBody);
    if (callback.CallbackCommand !== CallbackCommand) throw new Error("another command");

    if (callback.CallbackCommand === "Sns.CallbackPrevFriendResponse") {
      const from = callback.From_Account;
      const blockedBy = (key: string) => rule.get(key)?.value as string | undefined;
      const all = blockedBy(`user:${from}`);
      const ResultItem = callback.ResponseFriendItem.map(({ To_Account }) => {
        const reason = blockedBy(`pair:${from}:${To_Account}`) ?? blockedBy(`user:${To_Account}`);
        const ResultInfo = reason ?? all ?? "";
        return { To_Account, ResultCode: ResultInfo === "" ? 0 : 38_000, ResultInfo };
      });
      const callId = randomUUID();
      db.exec("BEGIN");
      for (const [index, { To_Account, ResultCode }] of ResultItem.entries()) {
        const action = callback.ResponseFriendItem[index]?.ResponseAction.split("_").at(-1) ?? "";
        record.run(Date.now(), callId, index, from, To_Account, action, ResultCode);
      }
      db.exec("COMMIT");
      console.log(JSON.stringify({ event: "decided", items: ResultItem.length }));
      return { ...OK, ResultItem };
    }
    const now = Date.now();
    orderKey = Math.max(orderKey + 1, now * 1024);
    db.exec("BEGIN");
    for (const pair of callback.PairList) {
      if (callback.CallbackCommand === "Sns.CallbackFriendAdd" && "Initiator_Account" in pair) {
        const { From_Account, To_Account, Initiator_Account } = pair;
        const source = callback.ClientCmd ?? null;
        upsert.run(From_Account, To_Account, orderKey, now, null, Initiator_Account, source);
      } else {
        upsert.run(pair.From_Account, pair.To_Account, orderKey, null, now, null, null);
      }
    }
    db.exec("COMMIT");
    console.log(JSON.stringify({ event: "stored", pairs: callback.PairList.length }));
    return OK;
  };
}
