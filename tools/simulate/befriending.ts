import type { ResponseAction } from "../../src/blocklist/value.ts";
import type { Pair } from "../tencent/bodies.ts";
import { type Graph, pairsOf } from "./graph.ts";
import type { Change, Happening, Question } from "./happening.ts";
import type { Random } from "./random.ts";

type Ways = "both" | "oneWay";

/** The REST API takes so many users in one call. One request here asks so many. */
const ADMIN_ADDS_MAX = 100;
const ASKED_MAX = 5;

/** A request that nobody answers. A popular user gets more requests. Everybody sends equally many. */
export function ask(graph: Graph, random: Random): Happening | undefined {
  const [, applicantId] = graph.two();
  const others = Array.from({ length: random.int(1, ASKED_MAX) }, () => graph.two()[0]);
  const responderIds = [...new Set(others)].filter(
    (other) => other !== applicantId && !graph.areApart(other, applicantId),
  );
  if (responderIds.length === 0) return undefined;
  return { questions: [{ type: "request", applicantId, responderIds }], changes: [] };
}

/** A request that is accepted. */
export function accept(ways: Ways) {
  const action: ResponseAction = ways === "both" ? "AgreeAndAdd" : "Agree";
  return (graph: Graph, random: Random): Happening | undefined => {
    const [responderId, applicantId] = graph.two();
    if (graph.areApart(responderId, applicantId)) return undefined;
    const pairs = graph.friends.add(pairsIn(ways, applicantId, responderId));
    const clientCmd = random.pick(["friend_response", "FriendResponse"]);
    return happeningOf(
      [request(ways, applicantId, responderId), response(responderId, applicantId, action)],
      added(pairs, { initiatorId: applicantId, clientCmd }),
    );
  };
}

export function reject(graph: Graph): Happening | undefined {
  const [responderId, applicantId] = graph.two();
  if (graph.areApart(responderId, applicantId)) return undefined;
  const questions = [
    request("both", applicantId, responderId),
    response(responderId, applicantId, "Reject"),
  ];
  return { questions, changes: [] };
}

/** A request to somebody whom anybody may add. */
export function add(ways: Ways) {
  return (graph: Graph, random: Random): Happening | undefined => {
    const [responderId, applicantId] = graph.two();
    if (graph.areApart(responderId, applicantId)) return undefined;
    const pairs = graph.friends.add(pairsIn(ways, applicantId, responderId));
    const clientCmd = random.pick(["friend_add", "FriendAdd"]);
    return happeningOf(
      [request(ways, applicantId, responderId)],
      added(pairs, { initiatorId: applicantId, clientCmd }),
    );
  };
}

/** By REST: Tencent asks nobody about that. */
export function addByAdmin(graph: Graph, random: Random): Happening | undefined {
  const [user] = graph.two();
  const others = Array.from({ length: random.int(1, ADMIN_ADDS_MAX) }, () => graph.two()[1]);
  const pairs = others
    .filter((other) => other !== user && !graph.areApart(user, other))
    .flatMap((other) => pairsOf(user, other));
  return happeningOf(
    [],
    added(graph.friends.add(pairs), {
      initiatorId: user,
      clientCmd: "friend_add",
      adminId: "administrator",
      forced: true,
    }),
  );
}

export function deleteOne(ways: Ways) {
  return (graph: Graph, random: Random): Happening | undefined => {
    const [user] = graph.two();
    const friend = graph.oneOf(graph.friends.of(user));
    if (friend === undefined) return undefined;
    return happeningOf([], deleted(graph.friends.remove(pairsIn(ways, user, friend)), random));
  };
}

export function deleteAll(graph: Graph, random: Random): Happening | undefined {
  const [user] = graph.two();
  const pairs = graph.friends.of(user).flatMap((friend) => pairsOf(user, friend));
  return happeningOf([], deleted(graph.friends.remove(pairs), random));
}

/** If nothing was deleted, Tencent sends no callback. */
export function deleted(pairs: Pair[], random: Random): Change[] {
  if (pairs.length === 0) return [];
  return [{ table: "friends", type: "deleted", pairs, old: random.percent(10) }];
}

function added(
  pairs: Pair[],
  how: { initiatorId: string; clientCmd: string; adminId?: string; forced?: boolean },
): Change[] {
  if (pairs.length === 0) return [];
  return [{ table: "friends", type: "added", pairs, adminId: "", forced: false, ...how }];
}

/** Undefined if nothing changes: they were friends already, or were none. */
function happeningOf(questions: Question[], changes: Change[]): Happening | undefined {
  return changes.length === 0 ? undefined : { questions, changes };
}

function pairsIn(ways: Ways, from: string, to: string): Pair[] {
  return ways === "both" ? pairsOf(from, to) : [[from, to]];
}

function request(ways: Ways, applicantId: string, responderId: string): Question {
  return {
    type: "request",
    applicantId,
    responderIds: [responderId],
    ...(ways === "oneWay" && { oneWay: true }),
  };
}

function response(responderId: string, applicantId: string, action: ResponseAction): Question {
  return { type: "response", responderId, applicantId, action };
}
