import fc from "fast-check";
import { afterAll, describe, it } from "vitest";
import { captureLog, logLines } from "../support/log.ts";
import { callback, envWith, heldQueue } from "../support/worker.ts";
import { oddSample } from "./odd-samples.ts";

let details = 0;
afterAll(() => console.info(`properties: ${details} details of refusals hold names of the schema`));

const FIELDS = [
  "CallbackCommand",
  "Requester_Account",
  "From_Account",
  "To_Account",
  "Initiator_Account",
  "FriendItem",
  "ResponseFriendItem",
  "ResponseAction",
  "PairList",
  "ClientCmd",
  "Admin_Account",
  "ForceFlag",
];
const PATH = new RegExp(`^(?:${FIELDS.join("|")})(?:\\.(?:\\d+|${FIELDS.join("|")}))*$`);

describe("the detail of a refusal", () => {
  it("is a path of known fields and indices, whatever names a body has", async ({ expect }) => {
    await fc.assert(
      fc.asyncProperty(oddSample, async ({ name, body }) => {
        captureLog();
        const { reply } = await callback(body, {
          query: { CallbackCommand: name },
          env: envWith({ FRIEND_EVENTS: heldQueue(), BLOCKLIST: { get: async () => new Map() } }),
        });
        for (const { detail } of logLines()) {
          if (detail === undefined) continue;
          expect(detail).toMatch(PATH);
          expect(reply.ErrorInfo).toBe(`malformed body: ${detail}`);
          details += 1;
        }
      }),
      { numRuns: 2_000 },
    );
    expect(details).toBeGreaterThan(0);
  });
});
