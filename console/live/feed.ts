import type { Change, Decision } from "../answers.ts";

export type FeedItem = Decision | Change;

/** How many items the page can hold and search at once. */
const HELD_MAX_ITEMS = 1_000;

/**
 * Each item once, newest first. An item that was read again is already there. A late one goes to its place.
 */
export function merged(held: readonly FeedItem[], read: readonly FeedItem[]): FeedItem[] {
  const known = new Set(held.map(nameOf));
  const fresh = read.filter((item) => !known.has(nameOf(item)));
  if (fresh.length === 0) return held as FeedItem[];
  const unique = [...new Map(fresh.map((item) => [nameOf(item), item])).values()];
  return [...held, ...unique].sort((a, b) => b.at - a.at).slice(0, HELD_MAX_ITEMS);
}

/** Requests, responses and changes have separate counts. */
export function nameOf({ type, id }: FeedItem): string {
  return `${type} ${id}`;
}

export function isDecision(item: FeedItem): item is Decision {
  return item.type === "request" || item.type === "response";
}

export type Outcome = "passed" | "refused" | "observed" | "change";

export function outcomeOf(item: FeedItem): Outcome {
  if (!isDecision(item)) return "change";
  if (item.code !== 0) return "refused";
  return item.observedKey === null ? "passed" : "observed";
}

export type Filters = {
  user: string;
  outcome: Outcome | "";
  kind: string;
  platform: string;
};

export const NO_FILTERS: Filters = { user: "", outcome: "", kind: "", platform: "" };

export function fits(item: FeedItem, { user, outcome, kind, platform }: Filters): boolean {
  if (outcome !== "" && outcomeOf(item) !== outcome) return false;
  const wanted = user.trim().toLowerCase();
  if (wanted !== "" && !idsOf(item).some((id) => id.toLowerCase().includes(wanted))) return false;
  if (kind !== "" && !(isDecision(item) && kindOf(item) === kind)) return false;
  if (platform === "") return true;
  const has = isDecision(item) ? (item.platform ?? "") : "";
  return has.toLowerCase() === platform.toLowerCase();
}

/** The kind of the rule that decided, or would have refused. */
export function kindOf({ ruleKind, observedKey }: Decision): string | null {
  if (observedKey !== null) return observedKey.slice(0, observedKey.indexOf(":"));
  return ruleKind;
}

function idsOf(item: FeedItem): string[] {
  return isDecision(item)
    ? [item.responderId, item.applicantId, item.requesterId ?? ""]
    : [item.userId, item.otherId];
}
