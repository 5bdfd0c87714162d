import { type Happening, live } from "./life.ts";
import { people } from "./people.ts";
import { randomOf } from "./random.ts";

export type PlanOptions = {
  users: number;
  /** Things that happen; each is one or two callbacks. */
  events: number;
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
  /** The change is told again; nothing is asked again, for Tencent never repeats a question. */
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
  const happenings = live(people(options.prefix, options.users), options.events, random);
  const late = () => random.int(1, LATE_MAX) + 0.5;
  return happenings
    .flatMap((happening, at) => {
      const place = at + (random.percent(options.reorderPercent) ? late() : 0);
      const original = { place, step: { at, happening, duplicate: false } };
      const twice = happening.change && random.percent(options.duplicatesPercent);
      return twice
        ? [original, { place: place + late(), step: { at, happening, duplicate: true } }]
        : [original];
    })
    .toSorted((a, b) => a.place - b.place)
    .map(({ step }) => step);
}
