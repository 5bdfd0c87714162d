/**
 * For `vi.waitFor`: what comes late on a machine with much to do is waited for, and only what hangs
 * fails. It is shorter than a test may take, so that the condition is named which was not met.
 */
export const PATIENCE = { timeout: 240_000, interval: 100 };
