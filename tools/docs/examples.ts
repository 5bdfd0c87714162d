/** The value that an example has for a part of a path. */
export const PATH_EXAMPLES: Record<string, string> = {
  userId: "alice",
  friendId: "bob",
  candidateId: "carol",
  key: "user:spammer",
};

/** In a shell: a list that was read just now. */
const NOW = "'$(date +%s)'000";
const FRIENDS = '"friends": [{"friendId": "bob"}]';

/** The body of an example by its operation. In a shell it stands between single quotes. */
export const BODY_EXAMPLES: Record<string, string> = {
  reconcile: `{"readAt": ${NOW}, ${FRIENDS}}`,
  reconcileMany: `{"lists": [{"userId": "alice", "readAt": ${NOW}, ${FRIENDS}}]}`,
  reconciliation:
    `{"startedAt": ${NOW}, "finishedAt": ${NOW}, "dryRun": false, "users": 1, "checked": 1, ` +
    `"missing": 0, "extra": 0, "repaired": 0, "skipped": 0, "failed": 0}`,
  redrive: '{"ids": ["id-of-a-dead-letter"]}',
  discard: '{"ids": ["id-of-a-dead-letter"]}',
  putRule: '{"reason": "This account is blocked."}',
  explain: '{"responderId": "alice", "applicantId": "spammer"}',
  moveSlice: '{"table": "friends", "from": "DB", "how": "check"}',
};
