import {
  type Decided,
  type DecidedRead,
  type DecidedSource,
  type DecidedType,
  readNewest,
  readSince,
} from "../lib/decided.ts";

/**
 * The queue may delay a record. Then it is stored after younger records. So each poll reads the last minute
 * again, and leaves out what it has shown.
 */
const OVERLAP_MS = 60_000;

type Options = DecidedSource & { last: number };

/**
 * Friend requests and friend responses in one stream. The first call gives the newest records, oldest first.
 * Each later call gives what was recorded since.
 */
export function followed({ last, ...source }: Options): () => Promise<DecidedRead> {
  const begin = () => (["request", "response"] as const).map((type) => follow(type, source, last));
  let polls = begin();
  let isFirst = true;
  // If one of the two fails, the other may give records. It does not give them again, so they are kept.
  let held: Decided[] = [];

  return async () => {
    const reads = await Promise.all(polls.map((poll) => poll()));
    const failed = reads.find((read) => !read.ok);
    if (failed && isFirst) polls = begin();
    else held.push(...reads.flatMap((read) => (read.ok ? read.decided : [])));
    if (failed) return failed;
    const decided = held.toSorted((a, b) => a.at - b.at);
    const shown = isFirst ? decided.slice(Math.max(0, decided.length - last)) : decided;
    isFirst = false;
    held = [];
    return { ok: true, decided: shown };
  };
}

/** One of the two records. The first time, it gives at least so many of the newest. */
function follow(
  type: DecidedType,
  source: DecidedSource,
  last: number,
): () => Promise<DecidedRead> {
  /** The ids within the overlap, and their times. */
  const seen = new Map<string, number>();
  let newestMs: number | undefined;

  return async () => {
    const newest =
      newestMs === undefined ? await readNewest(type, source, Math.max(1, last)) : undefined;
    if (newest && !newest.ok) return newest;
    const begin = newest?.decided ?? [];
    const fromMs = Math.max(0, newestMs ?? 0, ...begin.map(({ at }) => at)) - OVERLAP_MS;
    // This counts at first, too. A record older than the newest ones, but within the overlap, is not new
    // later.
    const since = await readSince(type, source, Math.max(0, fromMs));
    if (!since.ok) return since;

    const inOverlap = new Set(since.decided.map(({ id }) => id));
    const all = [...begin.filter(({ id }) => !inOverlap.has(id)), ...since.decided];
    const fresh = all.filter(({ id }) => !seen.has(id));
    newestMs = Math.max(newestMs ?? 0, ...all.map(({ at }) => at));
    for (const { id, at } of fresh) seen.set(id, at);
    for (const [id, at] of seen) if (at < newestMs - OVERLAP_MS) seen.delete(id);
    return { ok: true, decided: fresh };
  };
}
