import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { createTestHarness } from "wrangler";
import { PATIENCE } from "../support/patience.ts";
import { APP_ID, callbackRequest, officialSamples, TOKEN } from "../support/tencent.ts";

/** The bundle that a deploy would upload, in workerd, spoken to over HTTP. */
const harness = createTestHarness({
  workers: [
    {
      configPath: new URL("../../wrangler.toml", import.meta.url),
      vars: { SDK_APP_ID: APP_ID, LOCAL: "true" },
      secrets: { CALLBACK_TOKEN: TOKEN },
    },
  ],
});
const worker = harness.getWorker();
let origin: string;

beforeAll(async () => {
  origin = (await harness.listen()).url.origin;
  await worker.applyD1Migrations("DB");
});
afterAll(() => harness.close());

async function send(body: object): Promise<unknown> {
  const request = await callbackRequest(body);
  const { search } = new URL(request.url);
  const response = await fetch(`${origin}/${search}`, {
    method: "POST",
    body: await request.text(),
  });
  return { status: response.status, reply: await response.json() };
}

type Bindings = {
  BLOCKLIST: { put(key: string, value: string): Promise<void> };
  DB: { prepare(sql: string): { all(): Promise<{ results: object[] }> } };
};
const bindings = async () => (await worker.getEnv()) as unknown as Bindings;

async function friends(): Promise<object[]> {
  const { DB } = await bindings();
  const statement = DB.prepare("SELECT friend_id, deleted_at IS NULL AS current FROM friends");
  return (await statement.all()).results;
}

describe("the built Worker", () => {
  it("keeps friends, drops them, and refuses who is blocked", async ({ expect }) => {
    const ok = { status: 200, reply: { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" } };
    const rows = (current: 0 | 1) =>
      ["id1", "id2", "id3"].map((friend_id) => ({ friend_id, current }));

    expect(await send(officialSamples.friendAdd)).toEqual(ok);
    await vi.waitFor(async () => expect(await friends()).toEqual(rows(1)), PATIENCE);
    expect(await send(officialSamples.friendDelete)).toEqual(ok);
    await vi.waitFor(async () => expect(await friends()).toEqual(rows(0)), PATIENCE);

    const { BLOCKLIST } = await bindings();
    await BLOCKLIST.put("user:id1", "spam");
    expect(await send(officialSamples.friendResponse)).toEqual({
      ...ok,
      reply: {
        ...ok.reply,
        ResultItem: [
          { To_Account: "id1", ResultCode: 38000, ResultInfo: "spam" },
          { To_Account: "id2", ResultCode: 0, ResultInfo: "" },
        ],
      },
    });
  });

  it("says that it is well", async ({ expect }) => {
    const response = await fetch(`${origin}/health`);
    expect(await response.json()).toEqual({ status: "ok" });
  });
});
