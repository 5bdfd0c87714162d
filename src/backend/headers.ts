/** Marks what friendgate has passed on: were it to come back, it would go round for ever. */
export const ATTEMPT_HEADER = "X-Friendgate-Attempt";
/** Tells the one who passed it on that it came back. */
export const LOOP_HEADER = "X-Friendgate-Loop";
