import type { Pair } from "../tencent/bodies.ts";
import { deleted } from "./befriending.ts";
import { type Graph, pairsOf } from "./graph.ts";
import type { Change, Happening } from "./happening.ts";
import type { Random } from "./random.ts";

/** One user blacklists up to so many in one go. */
const BLACKLISTED_MAX = 3;

/** If they were friends, Tencent then also deletes the friendship, in both directions. */
export function blacklist(graph: Graph, random: Random): Happening | undefined {
  const [user] = graph.two();
  const others = Array.from({ length: random.int(1, BLACKLISTED_MAX) }, () =>
    random.percent(50) ? graph.oneOf(graph.friends.of(user)) : graph.two()[1],
  );
  const pairs = graph.blacklist.add(
    others.flatMap((other): Pair[] =>
      other === undefined || other === user ? [] : [[user, other]],
    ),
  );
  if (pairs.length === 0) return undefined;
  const ended = graph.friends.remove(pairs.flatMap(([, other]) => pairsOf(user, other)));
  const changes: Change[] = [
    { table: "blacklist", type: "added", pairs },
    ...deleted(ended, random),
  ];
  // No page says which of the two callbacks comes first.
  return { questions: [], changes: random.percent(50) ? changes : changes.reverse() };
}

export function unblacklist(graph: Graph): Happening | undefined {
  const [user] = graph.two();
  const other = graph.oneOf(graph.blacklist.of(user));
  if (other === undefined) return undefined;
  const pairs = graph.blacklist.remove([[user, other]]);
  return { questions: [], changes: [{ table: "blacklist", type: "deleted", pairs }] };
}
