import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Failure } from "./ask.ts";
import { useConsole } from "./context.ts";

export type Pages<Page> = {
  pages: Page[];
  failure: Failure | undefined;
  isLoading: boolean;
  hasMore: boolean;
  more: () => void;
  reload: () => void;
};

type Way<Page> = {
  pathOf: (place: string | undefined) => string;
  /** Where the next page begins; null behind the last. */
  next: (page: Page) => string | null;
  /** A page may be empty without being the last. The Worker only looks through so much at once. */
  isEmpty?: (page: Page) => boolean;
};

/** Up to so many empty pages are read on automatically. */
const EMPTY_PAGES_MAX = 20;

type State<Page> = Pick<Pages<Page>, "pages" | "failure" | "isLoading"> & {
  place: string | null | undefined;
};

/** A list that comes page by page. `name` identifies the list: with another name, it begins anew. */
export function usePages<Page>(name: string, way: Way<Page>): Pages<Page> {
  const { ask, session } = useConsole();
  const begin: State<Page> = { pages: [], failure: undefined, isLoading: true, place: undefined };
  const [state, setState] = useState(begin);
  const [turn, setTurn] = useState(0);
  const current = useRef<AbortController>(undefined);
  const shownName = useRef<string>(undefined);
  const { pathOf, next, isEmpty = () => false } = way;

  const readFrom = async (place: string | undefined, left: AbortController): Promise<void> => {
    let from = place;
    for (let empty = 0; ; empty += 1) {
      const answer = await ask<Page>(pathOf(from), { signal: left.signal });
      if (left.signal.aborted) return;
      if (!answer.ok) {
        const { failure } = answer;
        return setState((last) => ({ ...last, failure, isLoading: false, place: from }));
      }
      const after = next(answer.value);
      if (after !== null && isEmpty(answer.value) && empty < EMPTY_PAGES_MAX) {
        from = after;
        continue;
      }
      return setState((last) => ({
        pages: [...(place === undefined ? [] : last.pages), answer.value],
        failure: undefined,
        isLoading: false,
        place: after,
      }));
    }
  };

  // On purpose: begins anew with another list, turn or session
  useEffect(() => {
    const left = new AbortController();
    current.current = left;
    const isSame = shownName.current === name;
    shownName.current = name;
    setState((last) => (isSame ? { ...last, isLoading: true } : begin));
    readFrom(undefined, left);
    return () => left.abort();
  }, [name, turn, session]);

  return {
    pages: state.pages,
    failure: state.failure,
    isLoading: state.isLoading,
    hasMore: state.place !== null && state.pages.length > 0,
    more: () => {
      if (state.isLoading || current.current === undefined) return;
      setState((last) => ({ ...last, isLoading: true }));
      readFrom(state.place ?? undefined, current.current);
    },
    reload: useCallback(() => setTurn((last) => last + 1), []),
  };
}
