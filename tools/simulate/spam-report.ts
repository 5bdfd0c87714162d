import type { Recorded, RecordMode } from "./record.ts";
import type { Verdict } from "./verdicts.ts";

/** What happened to spammers, and to the others. For the others, a refusal is a mistake. */
export type SpamReport = {
  spammers: number;
  spamRequests: number;
  /** The other users who asked, and the number of their requests. */
  otherUsers: number;
  otherRequests: number;
  refused: Hit;
  /** What all rules and limits would have refused if they were in force, according to the record. */
  observed: Hit;
};

/** The users that something hit. */
export type Hit = {
  spammers: number;
  spamRequests: number;
  /** How many requests of such a spammer passed before the first hit. Null if there is none. */
  passedBefore: { least: number; median: number; most: number } | null;
  otherUsers: number;
  otherRequests: number;
};

type Request = { applicantId: string; isSpam: boolean; isHit: boolean };

/**
 * @param verdicts of each applicant, in their order
 * @param recorded what the record has about them
 */
export function spamReport(
  verdicts: readonly Verdict[],
  recorded: readonly Recorded[],
  mode: RecordMode,
): SpamReport {
  const asked = verdicts.filter(({ type }) => type === "request");
  const spammers = new Set(
    asked.filter(({ isSpam }) => isSpam).map(({ applicantId }) => applicantId),
  );
  const [spam, others] = split(asked);
  const observed = recorded
    .filter(({ type }) => type === "request")
    .toSorted((one, other) => one.atMs - other.atMs)
    .map(({ applicantId, isObserved }) => ({
      applicantId,
      isSpam: spammers.has(applicantId),
      isHit: isObserved,
    }));
  return {
    spammers: spammers.size,
    spamRequests: spam.length,
    otherUsers: usersOf(others).size,
    otherRequests: others.length,
    refused: hitOf(asked.map((verdict) => ({ ...verdict, isHit: (verdict.code ?? 0) !== 0 }))),
    // Only a record of all requests knows how many came before.
    observed: { ...hitOf(observed), ...(mode !== "all" && { passedBefore: null }) },
  };
}

function hitOf(requests: readonly Request[]): Hit {
  const [spam, others] = split(requests.filter(({ isHit }) => isHit));
  const byUser = Map.groupBy(requests, ({ applicantId }) => applicantId);
  const passed = [...usersOf(spam)]
    .map((user) => (byUser.get(user) ?? []).findIndex(({ isHit }) => isHit))
    .toSorted((a, b) => a - b);
  const [least] = passed;
  const median = passed[Math.floor((passed.length - 1) / 2)];
  const most = passed.at(-1);
  return {
    spammers: passed.length,
    spamRequests: spam.length,
    passedBefore:
      least === undefined || median === undefined || most === undefined
        ? null
        : { least, median, most },
    otherUsers: usersOf(others).size,
    otherRequests: others.length,
  };
}

function split<R extends { isSpam: boolean }>(requests: readonly R[]): [spam: R[], others: R[]] {
  return [requests.filter(({ isSpam }) => isSpam), requests.filter(({ isSpam }) => !isSpam)];
}

function usersOf(requests: readonly { applicantId: string }[]): Set<string> {
  return new Set(requests.map(({ applicantId }) => applicantId));
}
