import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import { friendAdd } from "../support/tencent.ts";
import { callback, storedDeadLetters, storedFriends } from "../support/worker.ts";

/** The local queue collects for a second, as wrangler.toml tells it to. */
const patience = { timeout: 20_000, interval: 200 };

describe("through the local queue", () => {
  it("a callback's change reaches the table", { timeout: 30_000 }, async ({ expect }) => {
    const pairs = Array.from({ length: 1_200 }, (_, index) => ["a", `b${index}`]);
    const { reply } = await callback(friendAdd(...(pairs as [string, string][])));
    expect(reply.ActionStatus).toBe("OK");
    await vi.waitFor(async () => expect(await storedFriends()).toHaveLength(1_200), patience);
  });

  it("what is no message becomes a dead letter", { timeout: 30_000 }, async ({ expect }) => {
    await env.FRIEND_EVENTS.send({ nonsense: true }, { contentType: "json" });
    await vi.waitFor(
      async () => expect(await storedDeadLetters()).toMatchObject([{ reason: "malformed" }]),
      patience,
    );
  });
});
