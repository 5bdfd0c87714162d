/** Which decided friend responses are recorded. `blocked` has those that a rule only observes, too. */
export const RECORD_MODES = ["all", "blocked", "none"] as const;
export type RecordMode = (typeof RECORD_MODES)[number];
