import { accept, add, addByAdmin, ask, deleteAll, deleteOne, reject } from "./befriending.ts";
import { blacklist, unblacklist } from "./blacklisting.ts";
import { createGraph, type Graph } from "./graph.ts";
import type { Happening } from "./happening.ts";
import type { Random } from "./random.ts";

/** Undefined when the chosen users cannot do it. */
type Happen = (graph: Graph, random: Random) => Happening | undefined;

/**
 * How often each thing happens, in parts of their sum. The numbers are made up. Every shape of callback comes
 * often, and the graph grows more than it shrinks.
 */
const KINDS: readonly (readonly [weight: number, happen: Happen])[] = [
  [10, ask],
  [38, accept("both")],
  [8, accept("oneWay")],
  [4, reject],
  [15, add("both")],
  [12, add("oneWay")],
  [2, addByAdmin],
  [13, deleteOne("both")],
  [6, deleteOne("oneWay")],
  [2, deleteAll],
  [6, blacklist],
  [3, unblacklist],
];
const WEIGHT_SUM = KINDS.reduce((sum, [weight]) => sum + weight, 0);

/** So many happenings in their order. The social graph starts empty. */
export function live(users: readonly string[], count: number, random: Random): Happening[] {
  const graph = createGraph(users, random);
  const happenings: Happening[] = [];
  while (happenings.length < count) {
    const happening = kindOf(random)(graph, random);
    if (happening !== undefined) happenings.push(happening);
  }
  return happenings;
}

function kindOf(random: Random): Happen {
  let at = random.int(1, WEIGHT_SUM);
  for (const [weight, happen] of KINDS) {
    at -= weight;
    if (at <= 0) return happen;
  }
  return ask;
}
