import { type FriendsChanged, parseEvent } from "./friends/event.ts";
import { retryDelaySeconds } from "./friends/retry.ts";
import { applyEvents } from "./friends/table.ts";
import { errorName, log } from "./log.ts";

type Delivery = { message: Message; event: FriendsChanged };

/**
 * Brings the friends table up to date with a batch: one statement, and one ack or retry for each
 * message. It never throws: a throw would bring back messages that are already applied.
 */
export async function consume(batch: MessageBatch, env: Env): Promise<void> {
  const deliveries: Delivery[] = [];
  for (const message of batch.messages) {
    const parsed = parseEvent(message.body);
    if (parsed.ok) deliveries.push({ message, event: parsed.event });
    else retry(message, parsed.reason);
  }
  await apply(env.DB, deliveries);
}

/** Where the statement fails, halves of it are tried, down to the message that it fails for. */
async function apply(db: D1Database, deliveries: readonly Delivery[]): Promise<void> {
  if (deliveries.length === 0) return;
  try {
    const rowsWritten = await applyEvents(
      db,
      deliveries.map(({ event }) => event),
    );
    for (const { message } of deliveries) message.ack();
    log("applied", { messages: deliveries.length, rowsWritten });
  } catch (error) {
    const [only] = deliveries;
    if (deliveries.length === 1 && only !== undefined) {
      retry(only.message, errorName(error));
      return;
    }
    const half = Math.ceil(deliveries.length / 2);
    await apply(db, deliveries.slice(0, half));
    await apply(db, deliveries.slice(half));
  }
}

function retry(message: Message, reason: string): void {
  const delaySeconds = retryDelaySeconds(message.attempts, Math.random());
  message.retry({ delaySeconds });
  log("retried", { messageId: message.id, attempts: message.attempts, delaySeconds, reason });
}
