import { join } from "node:path";
import { it } from "vitest";
import { experimental_readRawConfig } from "wrangler";
import { root } from "../../tools/lib/wrangler.ts";

const { rawConfig } = experimental_readRawConfig({ config: join(root, "wrangler.toml") });
const consumers = rawConfig.queues?.consumers ?? [];

it("what friend-events gives up has a consumer, which the Worker knows by its name", ({
  expect,
}) => {
  const [events, deadLetters] = ["friend-events", "friend-events-dlq"].map((name) =>
    consumers.find(({ queue }: { queue: string }) => queue === name),
  );
  expect(consumers).toHaveLength(2);
  expect(events?.dead_letter_queue).toBe("friend-events-dlq");
  expect(rawConfig.vars?.DEAD_LETTER_QUEUE).toBe("friend-events-dlq");
  expect(deadLetters?.dead_letter_queue).toBe(undefined);
  // The delays of src/consumer/retry.ts are made for all the tries that there are.
  for (const consumer of [events, deadLetters]) expect(consumer?.max_retries).toBe(100);
});
