import { env } from "cloudflare:workers";
import { describe, type ExpectStatic, it, vi } from "vitest";
import { logLines } from "../support/log.ts";
import { callbackRequest, officialSamples } from "../support/tencent.ts";
import { deliver, envWith, fetchWorker, heldQueue } from "../support/worker.ts";

/** Stands in everything that users write, and in what no page knows. */
const WRITTEN = "q7xz written";
const OTHERS = ["spammer", "bob", "trial"];

const { friendRequest, friendResponse } = officialSamples;
const bodies = {
  request: {
    ...friendRequest,
    FriendItem: OTHERS.map((To_Account) => ({
      To_Account,
      Remark: WRITTEN,
      GroupName: WRITTEN,
      AddSource: `AddSource_Type_${WRITTEN}`,
      AddWording: WRITTEN,
      Unknown: { [WRITTEN]: WRITTEN },
    })),
    AddType: WRITTEN,
    ForceAddFlags: WRITTEN,
    Unknown: WRITTEN,
  },
  response: {
    ...friendResponse,
    ResponseFriendItem: OTHERS.map((To_Account) => ({
      To_Account,
      Remark: WRITTEN,
      TagName: WRITTEN,
      ResponseAction: `Response_Action_${WRITTEN}`,
      Unknown: { [WRITTEN]: WRITTEN },
    })),
    Unknown: WRITTEN,
  },
};

async function everyRow(): Promise<string> {
  const tables = await env.DB.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_%' ESCAPE '\\'",
  ).all<{ name: string }>();
  const rows = tables.results.map(async ({ name }) => {
    const { results } = await env.DB.prepare(`SELECT * FROM ${name}`).all();
    return results;
  });
  return JSON.stringify(await Promise.all(rows));
}

/** Everything that comes of a callback, down to what becomes a dead letter. */
async function whatComesOf(expect: ExpectStatic, body: object, settings: object = {}) {
  const queue = heldQueue();
  const writeDataPoint = vi.fn();
  const recording = { METRICS: { writeDataPoint }, RECORD_RESPONSES: "all" };
  const workerEnv = envWith({ FRIEND_EVENTS: queue, ...recording, ...settings });
  const response = await fetchWorker(await callbackRequest(body), workerEnv);
  expect(response.status).toBe(200);
  await deliver(queue.messages);
  await deliver(queue.messages, { queue: "friend-events-dlq" });
  return {
    reply: await response.text(),
    messages: JSON.stringify(queue.messages),
    points: JSON.stringify(writeDataPoint.mock.calls),
    rows: await everyRow(),
    log: JSON.stringify(logLines()),
  };
}

describe.for(["request", "response"] as const)("what users write in a friend %s", (what) => {
  it("is in no reply, message, data point, row or line", async ({ expect }) => {
    await env.BLOCKLIST.put("user:spammer", "no");
    await env.BLOCKLIST.put("user:trial", '{"mode":"observe"}');
    const traces = await whatComesOf(expect, bodies[what]);
    expect(JSON.stringify(traces)).not.toContain(WRITTEN);
    // What is not written is there: all of it was looked at.
    const { log, ...others } = traces;
    for (const trace of Object.values(others)) expect(trace).toContain("spammer");
    expect(log).toContain("decided");
    const { results } = await env.DB.prepare("SELECT body FROM dead_letters").all();
    expect(results).toHaveLength(1);
  });

  it.for([
    ["KV fails", { BLOCKLIST: { get: () => Promise.reject(new Error(WRITTEN)) } }],
    ["the queue fails", { FRIEND_EVENTS: { send: () => Promise.reject(new Error(WRITTEN)) } }],
  ] as const)("is in none of them where %s", async ([, settings], { expect }) => {
    const traces = await whatComesOf(expect, bodies[what], settings);
    expect(JSON.stringify(traces)).not.toContain(WRITTEN);
    expect(traces.log).toContain("failed");
  });

  it("is in none of them where the body is refused", async ({ expect }) => {
    const list = what === "request" ? "FriendItem" : "ResponseFriendItem";
    const traces = await whatComesOf(expect, { ...bodies[what], [list]: { [WRITTEN]: WRITTEN } });
    expect(JSON.stringify(traces)).not.toContain(WRITTEN);
    expect(traces.log).toContain(`${what}-refused`);
  });
});
