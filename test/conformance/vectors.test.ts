import { env } from "cloudflare:workers";
import { afterAll, describe, it } from "vitest";
import { APP_ID, TOKEN } from "../support/tencent.ts";
import { difference, expanded, joined, requestOf, type Vector } from "../support/vectors.ts";
import { envWith, fetchWorker, heldQueue } from "../support/worker.ts";

// As text, since a bundler would rewrite the escapes of lone surrogates.
const files = import.meta.glob<string>("./*.json", {
  query: "?raw",
  import: "default",
  eager: true,
});

let ran = 0;
afterAll(() => console.info(`conformance: ${ran} vectors from ${Object.keys(files).length} files`));

// A busy machine is slow to read 20,000 keys, and the blocklist is to be read in time.
const PATIENT = { BLOCKLIST_TIMEOUT_MS: "1900" };

describe.for(Object.entries(files))("%s", ([, text]) => {
  it.for(JSON.parse(text) as Vector[])("$name", async (vector, { expect }) => {
    ran += 1;
    for (const [key, value] of Object.entries(vector.blocklist ?? {})) {
      await env.BLOCKLIST.put(key, typeof value === "string" ? value : JSON.stringify(value));
    }
    const queue = heldQueue();
    const config = { SDK_APP_ID: APP_ID, CALLBACK_TOKEN: TOKEN, ...PATIENT, ...vector.config };
    const settings = Object.entries(config).map(([name, value]) => [name, value ?? undefined]);
    const response = await fetchWorker(
      await requestOf(vector),
      envWith({ ...Object.fromEntries(settings), FRIEND_EVENTS: queue }),
    );

    const { status, headers, body, events = [] } = vector.expect;
    expect(difference(response.status, status)).toBeUndefined();
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(response.headers.get("Content-Encoding")).toBeNull();
    for (const [name, value] of Object.entries(headers ?? {})) {
      expect(response.headers.get(name), name).toBe(value);
    }
    if (body !== undefined) {
      expect(difference(await response.json(), expanded(body))).toBeUndefined();
    }
    expect(difference(joined(queue.messages), expanded(events))).toBeUndefined();
  });
});
