/**
 * What Cloudflare bills beyond what the Workers Paid plan includes, in US dollars.
 * https://developers.cloudflare.com/workers/platform/pricing/,
 * https://developers.cloudflare.com/kv/platform/pricing/,
 * https://developers.cloudflare.com/queues/platform/pricing/,
 * https://developers.cloudflare.com/d1/platform/pricing/
 */
export const PRICES = {
  asOf: "2026-09",
  perMillionRequests: 0.3,
  perMillionCpuMs: 0.02,
  perMillionKeysRead: 0.5,
  /** A message of up to 64 KB is three operations: written, read, deleted. */
  perMillionQueueOperations: 0.4,
  perMillionRowsWritten: 1,
  perMillionRowsRead: 0.001,
  /** The storage of D1. */
  perGigabyteMonth: 0.75,
};

/** The platform's work for a callback, from the request to the table. */
export type Count = {
  kvOperations: number;
  keysRead: number;
  queueOperations: number;
  statements: number;
  rowsRead: number;
  rowsWritten: number;
};

/** Dollars for a million callbacks. Processor time is not counted here: see docs/performance.md. */
export function perMillion(count: Count): number {
  return (
    PRICES.perMillionRequests +
    count.keysRead * PRICES.perMillionKeysRead +
    count.queueOperations * PRICES.perMillionQueueOperations +
    count.rowsRead * PRICES.perMillionRowsRead +
    count.rowsWritten * PRICES.perMillionRowsWritten
  );
}
