import { env } from "cloudflare:workers";
import { describe, it, vi } from "vitest";
import { PATIENCE } from "../support/patience.ts";
import { friendAdd } from "../support/tencent.ts";
import { callback, storedDeadLetters, storedFriends } from "../support/worker.ts";

describe("through the local queue", () => {
  it("a callback's change reaches the table", async ({ expect }) => {
    const pairs = Array.from({ length: 1_200 }, (_, index) => ["a", `b${index}`]);
    const { reply } = await callback(friendAdd(...(pairs as [string, string][])));
    expect(reply.ActionStatus).toBe("OK");
    await vi.waitFor(async () => expect(await storedFriends()).toHaveLength(1_200), PATIENCE);
  });

  it("what is no message becomes a dead letter", async ({ expect }) => {
    await env.FRIEND_EVENTS.send({ nonsense: true }, { contentType: "json" });
    await vi.waitFor(
      async () => expect(await storedDeadLetters()).toMatchObject([{ reason: "malformed" }]),
      PATIENCE,
    );
  });
});
