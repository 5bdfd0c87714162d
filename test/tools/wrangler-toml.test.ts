import { join } from "node:path";
import { it } from "vitest";
import { experimental_readRawConfig } from "wrangler";
import { root } from "../../tools/lib/wrangler.ts";

const { rawConfig } = experimental_readRawConfig({ config: join(root, "wrangler.toml") });
const consumers = rawConfig.queues?.consumers ?? [];

const named = (name: string) => consumers.find(({ queue }: { queue: string }) => queue === name);

it.for(["friend-events", "backend-callbacks"])(
  "what %s gives up has a consumer, which the Worker knows by its name",
  (queue, { expect }) => {
    const deadLetters = `${queue}-dlq`;
    expect(named(queue)?.dead_letter_queue).toBe(deadLetters);
    expect(named(deadLetters)?.dead_letter_queue).toBe(undefined);
    expect(String(rawConfig.vars?.DEAD_LETTER_QUEUE).split(",")).toContain(deadLetters);
    // The delays of src/consumer/retry.ts are made for all the tries that there are.
    for (const name of [queue, deadLetters]) expect(named(name)?.max_retries).toBe(100);
  },
);

it("has no other consumer, and no other name for dead letters", ({ expect }) => {
  expect(consumers).toHaveLength(4);
  expect(String(rawConfig.vars?.DEAD_LETTER_QUEUE).split(",")).toHaveLength(2);
});
