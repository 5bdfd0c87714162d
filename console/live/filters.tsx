import { useConsole } from "../context.ts";
import { Choice, TextField } from "../parts/field.tsx";
import { hrefOf, replaceRoute } from "../route.ts";
import { type FeedItem, type Filters, isDecision, NO_FILTERS } from "./feed.ts";

const KINDS = ["pair", "user", "responder", "applicant", "ip", "rate", "none"] as const;
const OUTCOMES = ["passed", "refused", "observed", "change"] as const;

/** The filters are in the address. A colleague can get it as a link, and "back" finds the filters again. */
export function filtersOf({ user, outcome, kind, platform }: Record<string, string>): Filters {
  return {
    user: user ?? "",
    outcome: OUTCOMES.find((each) => each === outcome) ?? "",
    kind: KINDS.find((each) => each === kind) ?? "",
    platform: platform ?? "",
  };
}

export function FiltersForm({ filters, items }: { filters: Filters; items: readonly FeedItem[] }) {
  const { texts } = useConsole();
  const set = (changed: Partial<Filters>) =>
    replaceRoute(hrefOf("live", [], { ...filters, ...changed }));
  const seen = items.flatMap((item) => (isDecision(item) ? (item.platform ?? []) : []));
  const platforms = [...new Set([...seen, ...(filters.platform === "" ? [] : [filters.platform])])];
  const any = { "": texts.live.any };
  return (
    <search aria-label={texts.live.filters}>
      <form class="filters" onSubmit={(event) => event.preventDefault()}>
        <TextField
          label={texts.live.user}
          type="search"
          value={filters.user}
          onValue={(user) => set({ user })}
        />
        <Choice
          label={texts.live.outcome}
          value={filters.outcome}
          options={{ ...any, ...texts.outcomes }}
          onValue={(outcome) => set({ outcome })}
        />
        <Choice
          label={texts.live.kind}
          value={filters.kind}
          options={{ ...any, ...texts.kinds }}
          onValue={(kind) => set({ kind })}
        />
        <Choice
          label={texts.live.platform}
          value={filters.platform}
          options={{ ...any, ...Object.fromEntries(platforms.map((name) => [name, name])) }}
          onValue={(platform) => set({ platform })}
        />
        <button type="button" class="plain" onClick={() => set(NO_FILTERS)}>
          {texts.live.clear}
        </button>
      </form>
    </search>
  );
}
