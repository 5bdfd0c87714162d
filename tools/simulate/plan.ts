import type { Happening } from "./happening.ts";
import { live } from "./life.ts";
import { people } from "./people.ts";
import { randomOf } from "./random.ts";
import { withSpam } from "./spam.ts";

export type PlanOptions = {
  users: number;
  /** Things that happen; each is one callback, two or three. */
  events: number;
  /** Users besides, each of whom asks so many of the others to be friends. */
  spammers: number;
  requestsEach: number;
  /** Of a hundred changes, how many are told twice. */
  duplicatesPercent: number;
  /** Of a hundred happenings, how many come after some that are younger. */
  reorderPercent: number;
  seed: number;
  /** What every UserID starts with. */
  prefix: string;
};

/** A place in the order in which the callbacks reach the Worker. */
export type Step = {
  /** When it happened: the number of the happening. */
  at: number;
  happening: Happening;
  /** Its changes are told again; nothing is asked again, for Tencent never repeats a question. */
  duplicate: boolean;
};

/** The most places by which a callback comes too late. */
const LATE_MAX = 50;

/**
 * What is sent, in the order in which it is to arrive: the same for the same options.
 *
 * A happening that comes late is overtaken by up to LATE_MAX younger ones, and a duplicate follows
 * up to LATE_MAX places behind its original, often with other changes of the same pair in between.
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
