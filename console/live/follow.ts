import { useEffect, useRef, useState } from "preact/hooks";
import type { ChangesPage, Decision, RequestsPage, ResponsesPage } from "../answers.ts";
import type { Answer, Failure, Question } from "../ask.ts";
import { useConsole } from "../context.ts";
import { type FeedItem, merged } from "./feed.ts";

const EVERY_MS = 1_000;
const BEGIN_ITEMS = 200;
const PAGE_ITEMS = 1_000;
/** A delayed record is stored behind younger ones. So the last moments are read again … */
const OVERLAP_MS = 5_000;
/** … and now and then the last minute. */
const LONG_OVERLAP_MS = 60_000;
const LONG_OVERLAP_EVERY = 15;

type Ask = <T>(path: string, question?: Question) => Promise<Answer<T>>;
type Step = { ok: true; items: FeedItem[] } | { ok: false; failure: Failure };

/** Shows what is recorded while somebody looks at the page. */
export function useFollowed() {
  const { ask, session } = useConsole();
  const [items, setItems] = useState<FeedItem[]>([]);
  const [failure, setFailure] = useState<Failure>();
  const [hasBegun, setHasBegun] = useState(false);
  const follow = useRef<(signal: AbortSignal) => Promise<Step>>(undefined);

  // On purpose: goes on at once with a new session
  useEffect(() => {
    const left = new AbortController();
    follow.current ??= followed(ask);
    let timer: ReturnType<typeof setTimeout>;
    const step = async () => {
      if (document.visibilityState === "visible") {
        const read = await follow.current?.(left.signal);
        if (left.signal.aborted || read === undefined) return;
        setHasBegun(true);
        setFailure(read.ok ? undefined : read.failure);
        if (read.ok) setItems((held) => merged(held, read.items));
        // After the end of the session, it asks for nothing. The new session starts it again.
        if (!read.ok && read.failure.kind === "signed-out") return;
      }
      timer = setTimeout(step, EVERY_MS);
    };
    step();
    return () => {
      left.abort();
      clearTimeout(timer);
    };
  }, [ask, session]);

  return { items, failure, hasBegun };
}

/** Each call reads what is new since the last one. */
export function followed(ask: Ask): (signal: AbortSignal) => Promise<Step> {
  let newestMs: number | undefined;
  let changesAfter: string | undefined;
  let steps = 0;

  return async (signal) => {
    const overlapMs = steps % LONG_OVERLAP_EVERY === 0 ? LONG_OVERLAP_MS : OVERLAP_MS;
    const query =
      newestMs === undefined
        ? `limit=${BEGIN_ITEMS}`
        : `limit=${PAGE_ITEMS}&after=${Math.max(0, newestMs - overlapMs)}`;
    const changesQuery = changesAfter === undefined ? "" : `?after=${changesAfter}`;
    const [requests, responses, changes] = await Promise.all([
      ask<RequestsPage>(`/v1/friend-requests?${query}`, { signal }),
      ask<ResponsesPage>(`/v1/friend-responses?${query}`, { signal }),
      ask<ChangesPage>(`/v1/friend-changes${changesQuery}`, { signal }),
    ]);
    if (!requests.ok) return requests;
    if (!responses.ok) return responses;
    if (!changes.ok) return changes;
    const decided: Decision[] = [
      ...requests.value.requests.map((item) => ({ ...item, type: "request" as const })),
      ...responses.value.responses.map((item) => ({ ...item, type: "response" as const })),
    ];
    steps += 1;
    changesAfter = changes.value.after ?? changesAfter;
    // If more came than one read takes, the newest count, not the first ones.
    const isBehind = [requests.value.requests, responses.value.responses].some(
      ({ length }) => length === PAGE_ITEMS,
    );
    newestMs = isBehind
      ? undefined
      : decided.reduce((newest, { at }) => Math.max(newest, at), newestMs ?? 0);
    return { ok: true, items: [...decided, ...changes.value.changes] };
  };
}
