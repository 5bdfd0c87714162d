/** What Cloudflare documents about the Workers Paid plan. The benchmark calculates with it. */

/** https://developers.cloudflare.com/d1/platform/limits/ */
export const DATABASE_MAX_BYTES = 10_000_000_000;
export const ACCOUNT_MAX_BYTES = 1_000_000_000_000;
/** How many databases an invocation waits for at once. */
export const DATABASES_AT_ONCE = 6;

/** https://developers.cloudflare.com/queues/platform/limits/ */
export const QUEUE_MAX_MESSAGES_PER_SECOND = 5_000;
export const CONSUMERS_MAX = 250;

/** The sources of these, for a document. */
export const D1 = "[D1](https://developers.cloudflare.com/d1/platform/limits/)";
export const QUEUES = "[Queues](https://developers.cloudflare.com/queues/platform/limits/)";
