import type { StoredEvent } from "../../src/events/kinds.ts";

/** Hands a batch of events to a consumer as the queue does, and waits until every message is acked. */
export async function handOver(
  consume: (batch: MessageBatch) => Promise<void>,
  events: readonly StoredEvent[],
): Promise<void> {
  let acked = 0;
  const ack = () => {
    acked += 1;
  };
  const messages = events.map((body, index) => ({
    ...{ id: String(index), timestamp: new Date(), attempts: 1, ack, retry() {} },
    body,
  }));
  await consume({ queue: "friend-events", messages } as unknown as MessageBatch);
  if (acked !== events.length) throw new Error(`${acked} of ${events.length} were acked`);
}
