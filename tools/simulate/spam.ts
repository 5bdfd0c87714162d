import type { Happening, Question } from "./happening.ts";
import type { Random } from "./random.ts";

export type Spam = {
  spammers: readonly string[];
  /** How many others each of them asks. */
  requestsEach: number;
};

/**
 * Each spammer asks so many of the users, one after the other. The requests are spread evenly among what
 * happens.
 */
export function withSpam(
  happenings: readonly Happening[],
  users: readonly string[],
  { spammers, requestsEach }: Spam,
  random: Random,
): Happening[] {
  const placed = happenings.map((happening, at) => ({ place: at, happening }));
  const spam = spammers.flatMap((applicantId) => {
    const first = random.int(0, users.length - 1);
    return Array.from({ length: requestsEach }, (_, n) => ({
      place: ((n + random.fraction()) / requestsEach) * happenings.length,
      happening: requestOf(applicantId, users[(first + n) % users.length] as string),
    }));
  });
  return [...placed, ...spam]
    .toSorted((a, b) => a.place - b.place)
    .map(({ happening }) => happening);
}

function requestOf(applicantId: string, responderId: string): Happening {
  const questions: Question[] = [{ type: "request", applicantId, responderIds: [responderId] }];
  return { questions, changes: [], isSpam: true };
}
