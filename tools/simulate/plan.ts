import type { Happening } from "./happening.ts";
import { live } from "./life.ts";
import { people } from "./people.ts";
import { randomOf } from "./random.ts";
import { withSpam } from "./spam.ts";

export type PlanOptions = {
  users: number;
  /** How many things happen. Each one is one callback, two or three. */
  events: number;
  /** More users, and how many friend requests each of them sends. */
  spammers: number;
  requestsEach: number;
  /** Of a hundred changes, how many are told twice. */
  duplicatesPercent: number;
  /** Of a hundred happenings, so many come after some younger ones. */
  reorderPercent: number;
  seed: number;
  /** The beginning of every UserID. */
  prefix: string;
};

/** One place in the order in which the callbacks reach the Worker. */
export type Step = {
  /** When it happened: the number of the happening. */
  at: number;
  happening: Happening;
  /** Its changes are told again. Nothing is asked again, because Tencent never repeats a question. */
  duplicate: boolean;
};

/** A callback is late by at most so many places. */
const LATE_MAX = 50;

/**
 * The callbacks in the order in which they are to arrive. The same options give the same order.
 *
 * Up to LATE_MAX younger happenings overtake a late one. A duplicate follows its original by up to LATE_MAX
 * places. Other changes of the same pair are often in between.
 */
export function planOf(options: PlanOptions): Step[] {
  const random = randomOf(options.seed);
  const everybody = people(options.prefix, options.users + options.spammers);
  const [users, spammers] = [everybody.slice(0, options.users), everybody.slice(options.users)];
  const happenings = withSpam(
    live(users, options.events, random),
    users,
    { spammers, requestsEach: options.requestsEach },
    random,
  );
  const late = () => random.int(1, LATE_MAX) + 0.5;
  return happenings
    .flatMap((happening, at) => {
      const place = at + (random.percent(options.reorderPercent) ? late() : 0);
      const original = { place, step: { at, happening, duplicate: false } };
      const twice = happening.changes.length > 0 && random.percent(options.duplicatesPercent);
      return twice
        ? [original, { place: place + late(), step: { at, happening, duplicate: true } }]
        : [original];
    })
    .toSorted((a, b) => a.place - b.place)
    .map(({ step }) => step);
}
