import type { Failure } from "../ask.ts";
import { useConsole } from "../context.ts";
import { FailureNotice } from "./notice.tsx";

type Props = {
  list: {
    pages: readonly unknown[];
    failure: Failure | undefined;
    isLoading: boolean;
    hasMore: boolean;
    more: () => void;
    reload: () => void;
  };
  /** The text for a list that is empty. */
  none: string;
  isEmpty: boolean;
};

/** The end of a list that comes page by page: its progress, its failure, and the next page. */
export function More({ list, none, isEmpty }: Props) {
  const { texts } = useConsole();
  const { failure, isLoading, hasMore, more, reload, pages } = list;
  return (
    <div class="more" aria-busy={isLoading}>
      {failure !== undefined && (
        <FailureNotice texts={texts} failure={failure} onRetry={pages.length > 0 ? more : reload} />
      )}
      {isLoading && <p class="loading">{texts.loading}</p>}
      {isEmpty && !isLoading && !hasMore && failure === undefined && <p class="muted">{none}</p>}
      {hasMore && !isLoading && failure === undefined && (
        <button type="button" class="plain" onClick={more}>
          {texts.more}
        </button>
      )}
    </div>
  );
}
