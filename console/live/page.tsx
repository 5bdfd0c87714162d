import { useMemo, useState } from "preact/hooks";
import { useConsole } from "../context.ts";
import { FailureNotice } from "../parts/notice.tsx";
import type { Route } from "../route.ts";
import { Answers } from "./answers.tsx";
import { type FeedItem, fits, nameOf } from "./feed.ts";
import { FiltersForm, filtersOf } from "./filters.tsx";
import { useFollowed } from "./follow.ts";
import { FeedRow } from "./row.tsx";

/** Nobody reads more rows than this. The filters find the others. */
const SHOWN_MAX_ITEMS = 200;

export function LivePage({ route }: { route: Route }) {
  const { texts, announce } = useConsole();
  const { items, failure, hasBegun } = useFollowed();
  /** The items at the moment of the pause. */
  const [held, setHeld] = useState<FeedItem[]>();
  const filters = filtersOf(route.query);
  const isFiltered = Object.values(filters).some((value) => value !== "");
  const shown = held ?? items;
  const fitting = useMemo(
    () => shown.filter((item) => fits(item, filters)).slice(0, SHOWN_MAX_ITEMS),
    [shown, filters],
  );
  const waiting = useMemo(() => {
    if (held === undefined) return 0;
    const known = new Set(held.map(nameOf));
    return items.filter((item) => !known.has(nameOf(item)) && fits(item, filters)).length;
  }, [items, held, filters]);

  const pause = () => {
    setHeld(held === undefined ? items : undefined);
    announce(held === undefined ? texts.live.paused : texts.live.resumed);
  };

  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>{texts.live.title}</h1>
        <span class="muted">{held === undefined ? texts.live.running : texts.live.paused}</span>
        <button type="button" class="plain" aria-pressed={held !== undefined} onClick={pause}>
          {held === undefined ? texts.live.pause : texts.live.resume(waiting)}
        </button>
      </div>
      <Answers />
      <FiltersForm filters={filters} items={items} />
      {failure !== undefined &&
        (failure.kind === "unreachable" ? (
          <p class="notice" role="alert">
            {texts.live.behind}
          </p>
        ) : (
          <FailureNotice texts={texts} failure={failure} />
        ))}
      <section class="card" aria-label={texts.live.feed}>
        {!hasBegun && <p class="loading">{texts.loading}</p>}
        {hasBegun && fitting.length === 0 && (
          <p class="muted">
            {isFiltered ? texts.live.noneFits : `${texts.live.none} ${texts.live.recordOff}`}
          </p>
        )}
        <ol class="feed">
          {fitting.map((item) => (
            <FeedRow key={nameOf(item)} item={item} />
          ))}
        </ol>
      </section>
    </>
  );
}
