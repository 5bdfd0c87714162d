import { FILTER_HELD_MS } from "../limits.ts";
import { errorName, type Log } from "../log.ts";
import { mayHold } from "./filter.ts";
import { type FilterRead, stateOf } from "./filter-state.ts";
import { readFilter } from "./filter-store.ts";

/** What an isolate has of a namespace's filter. */
type Held = { read: FilterRead; untilMs: number };

const held = new WeakMap<KVNamespace, Held>();

/**
 * Tells whether a key may hold a rule. Undefined if that is not known: while the filter is being read, and
 * if it cannot be used. Nobody waits for the reading.
 */
export function heldFilter(
  kv: KVNamespace | undefined,
  { nowMs, log, waitUntil }: HeldDeps,
): ((key: string) => boolean) | undefined {
  // Where it is not bound, the reading of the rules says so.
  if (kv === undefined) return undefined;
  const now = held.get(kv);
  if (now === undefined || nowMs >= now.untilMs) {
    // It is held from here on. Callbacks that come meanwhile, or after a failure, do not read it again.
    const next: Held = { read: "missing", untilMs: nowMs + FILTER_HELD_MS };
    held.set(kv, next);
    waitUntil(
      readFilter(kv).then(
        (read) => {
          next.read = read;
        },
        (error) => log("failed", { reason: "filter-not-read", error: errorName(error) }),
      ),
    );
    return undefined;
  }
  const { read } = now;
  if (typeof read === "string" || stateOf(read, nowMs) !== "ready") return undefined;
  return (key) => mayHold(read, key);
}

type HeldDeps = { nowMs: number; log: Log; waitUntil: (promise: Promise<unknown>) => void };
