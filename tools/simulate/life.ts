import type { Action } from "../../src/blocklist/value.ts";
import type { Pair } from "../tencent/bodies.ts";
import { createGraph, type Graph } from "./graph.ts";
import type { Random } from "./random.ts";

export type Change =
  | {
      type: "added";
      pairs: Pair[];
      initiatorId: string;
      clientCmd: string;
      /** "" for nobody. */
      adminId: string;
      forced: boolean;
    }
  /** `old`: in the oldest version of the body. */
  | { type: "deleted"; pairs: Pair[]; old: boolean };

/** A user answers a friend request, and Tencent asks first whether they may. */
export type Answer = { responderId: string; applicantId: string; action: Action };

/** What happens among the users: Tencent asks, or tells, or both in this order. */
export type Happening = { answer?: Answer; change?: Change };

/** The REST API takes so many users in one call. */
const ADMIN_ADDS_MAX = 100;

/**
 * How often each thing happens, in parts of their sum: made up, so that every shape of callback
 * comes often and the graph grows more than it shrinks.
 */
const WEIGHTS = {
  accept: 38,
  acceptOneWay: 8,
  reject: 4,
  addBoth: 15,
  addOneWay: 12,
  adminAdd: 2,
  deleteBoth: 13,
  deleteOneWay: 6,
  deleteAll: 2,
} as const;
type Kind = keyof typeof WEIGHTS;
const KINDS = Object.keys(WEIGHTS) as Kind[];
const WEIGHT_SUM = KINDS.reduce((sum, kind) => sum + WEIGHTS[kind], 0);

/** So many happenings of a social graph that starts empty, in their order. */
export function live(users: readonly string[], count: number, random: Random): Happening[] {
  const graph = createGraph(users, random);
  const happenings: Happening[] = [];
  while (happenings.length < count) {
    const happening = happen(kindOf(random), graph, random);
    if (happening !== undefined) happenings.push(happening);
  }
  return happenings;
}

/** Undefined when the users that were picked cannot do it. */
function happen(kind: Kind, graph: Graph, random: Random): Happening | undefined {
  const [a, b] = graph.two();
  const both: Pair[] = [
    [a, b],
    [b, a],
  ];
  const answered = (action: Action, pairs: Pair[]): Happening | undefined => {
    const clientCmd = random.pick(["friend_response", "FriendResponse"]);
    const change = added(graph.add(pairs), { initiatorId: b, clientCmd });
    return change && { answer: { responderId: a, applicantId: b, action }, change };
  };
  const asked = (pairs: Pair[]): Happening | undefined => {
    const clientCmd = random.pick(["friend_add", "FriendAdd"]);
    const change = added(graph.add(pairs), { initiatorId: a, clientCmd });
    return change && { change };
  };
  const parted = (pairs: Pair[]): Happening | undefined => {
    const gone = graph.remove(pairs);
    if (gone.length === 0) return undefined;
    return { change: { type: "deleted", pairs: gone, old: random.percent(10) } };
  };

  switch (kind) {
    case "accept":
      return answered("AgreeAndAdd", both);
    case "acceptOneWay":
      return answered("Agree", [[b, a]]);
    case "reject":
      return { answer: { responderId: a, applicantId: b, action: "Reject" } };
    case "addBoth":
      return asked(both);
    case "addOneWay":
      return asked([[a, b]]);
    case "adminAdd": {
      const others = Array.from({ length: random.int(1, ADMIN_ADDS_MAX) }, () => graph.two()[1]);
      const pairs = others.flatMap((other): Pair[] =>
        other === a
          ? []
          : [
              [a, other],
              [other, a],
            ],
      );
      const change = added(graph.add(pairs), {
        initiatorId: a,
        clientCmd: "friend_add",
        adminId: "administrator",
        forced: true,
      });
      return change && { change };
    }
    case "deleteBoth": {
      const friend = graph.friendOf(a);
      return friend === undefined
        ? undefined
        : parted([
            [a, friend],
            [friend, a],
          ]);
    }
    case "deleteOneWay": {
      const friend = graph.friendOf(a);
      return friend === undefined ? undefined : parted([[a, friend]]);
    }
    case "deleteAll":
      return parted(
        graph.friendsOf(a).flatMap((friend): Pair[] => [
          [a, friend],
          [friend, a],
        ]),
      );
  }
}

function added(
  pairs: Pair[],
  how: { initiatorId: string; clientCmd: string; adminId?: string; forced?: boolean },
): Change | undefined {
  if (pairs.length === 0) return undefined;
  return { type: "added", pairs, adminId: "", forced: false, ...how };
}

function kindOf(random: Random): Kind {
  let at = random.int(1, WEIGHT_SUM);
  for (const kind of KINDS) {
    at -= WEIGHTS[kind];
    if (at <= 0) return kind;
  }
  return "accept";
}
