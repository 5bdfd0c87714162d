import worker from "../../src/index.ts";

export type QueueFaults = {
  /** How often a send fails; of those, half come too late: the queue has the messages. */
  sendRejects: number;
  /** How often a batch's acks never arrive: its handler died after it had done its work. */
  handlerDies: number;
  /** How often each message is delivered where nothing fails. */
  copies: number;
  /** Of the queue itself; its dead letter queue has all that there are. */
  maxRetries: number;
};

/** https://developers.cloudflare.com/queues/platform/limits/ */
export const MAX_RETRIES = 100;

type Held = { id: string; body: unknown; attempts: number };

/**
 * Queues, as its documentation describes it, at its worst: at least once, in any order, with any
 * number of messages at a time; neither acked nor retried counts as acked, a throw as retried, and
 * after so many tries a message goes to the dead letter queue, and from there nowhere. Delays pass
 * at once. The Worker's own consumer is what it delivers to.
 */
export class SimulatedQueue {
  readonly figures = { sendsFailed: 0, batches: 0, deliveries: 0, handlersDied: 0, deleted: 0 };
  /** While set, no send comes back, and every second one is on the queue all the same. */
  hangs = false;

  readonly #random: () => number;
  readonly #faults: QueueFaults;
  readonly #name: string;
  readonly #events: Held[] = [];
  readonly #deadLetters: Held[] = [];
  #messages = 0;

  constructor(random: () => number, faults: QueueFaults, name = "friend-events") {
    this.#random = random;
    this.#faults = faults;
    this.#name = name;
  }

  async send(body: unknown): Promise<void> {
    await this.#take([body]);
  }

  async sendBatch(batch: Iterable<{ body: unknown }>): Promise<void> {
    await this.#take(Array.from(batch, ({ body }) => body));
  }

  get isEmpty(): boolean {
    return this.#events.length + this.#deadLetters.length === 0;
  }

  /** Delivers one batch of each queue that has any. */
  async deliver(env: Env): Promise<void> {
    await this.#deliver(this.#name, this.#events, env);
    await this.#deliver(`${this.#name}-dlq`, this.#deadLetters, env);
  }

  async #take(bodies: readonly unknown[]): Promise<void> {
    if (this.hangs) {
      this.figures.sendsFailed += 1;
      if (this.figures.sendsFailed % 2 === 0) this.#hold(bodies);
      return new Promise(() => {});
    }
    if (this.#random() >= this.#faults.sendRejects) {
      this.#hold(bodies);
      return;
    }
    this.figures.sendsFailed += 1;
    if (this.#random() < 0.5) this.#hold(bodies);
    throw new Error("Queue sendBatch failed: Internal Server Error");
  }

  #hold(bodies: readonly unknown[]): void {
    for (const body of bodies) {
      this.#messages += 1;
      const message = { id: String(this.#messages), body: structuredClone(body), attempts: 0 };
      for (let copy = 0; copy < this.#faults.copies; copy++) this.#events.push({ ...message });
    }
  }

  async #deliver(queue: string, held: Held[], env: Env): Promise<void> {
    const batch = this.#drawn(held);
    if (batch.length === 0) return;
    const settled = new Map<Held, "acked" | "retried">();
    const messages = batch.map((message) => {
      message.attempts += 1;
      const settle = (how: "acked" | "retried") => {
        if (!settled.has(message)) settled.set(message, how);
      };
      return {
        ...message,
        timestamp: new Date(),
        ack: () => settle("acked"),
        retry: () => settle("retried"),
      };
    });
    this.figures.batches += 1;
    this.figures.deliveries += batch.length;
    let threw = false;
    try {
      await worker.queue({ queue, messages } as unknown as MessageBatch, env);
    } catch {
      threw = true;
    }
    const died = this.#random() < this.#faults.handlerDies;
    if (died) this.figures.handlersDied += 1;
    for (const message of batch) {
      if (died || threw || settled.get(message) === "retried") this.#again(queue, held, message);
    }
  }

  /** Up to a hundred messages, from anywhere in the queue. */
  #drawn(held: Held[]): Held[] {
    const size = Math.min(held.length, 1 + Math.floor(this.#random() * 100));
    const drawn: Held[] = [];
    while (drawn.length < size) {
      const at = Math.floor(this.#random() * held.length);
      const last = held.pop() as Held;
      const message = at === held.length ? last : (held[at] as Held);
      if (at < held.length) held[at] = last;
      drawn.push(message);
    }
    return drawn;
  }

  #again(queue: string, held: Held[], message: Held): void {
    const events = queue === this.#name;
    const maxRetries = events ? this.#faults.maxRetries : MAX_RETRIES;
    if (message.attempts <= maxRetries) held.push(message);
    else if (events) this.#deadLetters.push({ ...message, attempts: 0 });
    else this.figures.deleted += 1;
  }
}
