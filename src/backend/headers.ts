/** Marks what friendgate has passed on. Without it, a callback that comes back would go round for ever. */
export const ATTEMPT_HEADER = "X-Friendgate-Attempt";
/** Tells the friendgate that passed the callback on that it came back. */
export const LOOP_HEADER = "X-Friendgate-Loop";
