import { useMemo, useState } from "preact/hooks";
import type { RuleEffects, RuleEntry, RulesPage } from "../answers.ts";
import { useConsole } from "../context.ts";
import { Section, TextField } from "../parts/field.tsx";
import { asKey } from "../parts/keys.ts";
import { More } from "../parts/more.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { hrefOf, replaceRoute } from "../route.ts";
import { useDelayed } from "../use-delayed.ts";
import { usePages } from "../use-pages.ts";
import { useRead } from "../use-read.ts";
import { EditDialog } from "./edit-dialog.tsx";
import { RuleRow } from "./rule-row.tsx";

const PAGE_RULES = 50;

export function Rules({ prefix: typed }: { prefix: string }) {
  const prefix = asKey(useDelayed(typed));
  const { texts } = useConsole();
  const words = texts.blocklist;
  const [isAdding, setIsAdding] = useState(false);
  /** Changes made here. KV's list may not have them yet. */
  const [changed, setChanged] = useState(new Map<string, RuleEntry | undefined>());
  const list = usePages<RulesPage>(prefix, {
    pathOf: (cursor = "") => {
      const query = new URLSearchParams({ prefix, limit: String(PAGE_RULES), cursor });
      return `/v1/blocklist?${withoutEmpty(query)}`;
    },
    next: ({ cursor }) => cursor,
    isEmpty: ({ rules }) => rules.length === 0,
  });
  const effects = useRead<RuleEffects>("/v1/rule-effects");
  const effectOf = useMemo(() => {
    const { value } = effects;
    if (value === undefined) return () => undefined;
    const byKey = new Map(value.effects.map((effect) => [effect.key, effect]));
    return (key: string) => byKey.get(key) ?? { refused: 0, observed: 0 };
  }, [effects.value]);

  const kinds = list.pages[0]?.kinds;
  const listed = list.pages.flatMap(({ rules }) => rules);
  const keys = new Set(listed.map(({ key }) => key));
  const added = [...changed].flatMap(([key, entry]) =>
    entry !== undefined && !keys.has(key) && key.startsWith(prefix) ? [entry] : [],
  );
  const rules = [
    ...added,
    ...listed.flatMap((entry) => (changed.has(entry.key) ? (changed.get(entry.key) ?? []) : entry)),
  ];
  const onChanged = (key: string, entry: RuleEntry | undefined) =>
    setChanged((last) => new Map(last).set(key, entry));

  return (
    <Section
      title={words.rules}
      aside={
        <button type="button" class="small" onClick={() => setIsAdding(true)}>
          {words.add}
        </button>
      }
    >
      <search>
        <form class="filters" onSubmit={(event) => event.preventDefault()}>
          <TextField
            type="search"
            label={words.prefix}
            hint={words.prefixHint}
            value={typed}
            onValue={(next) => replaceRoute(hrefOf("blocklist", [], { prefix: next }))}
          />
        </form>
      </search>
      {effects.failure !== undefined && (
        <FailureNotice texts={texts} failure={effects.failure} onRetry={effects.reload} />
      )}
      {effects.value?.truncated && <p class="muted">{words.effectsTruncated}</p>}
      <ul class="rules">
        {rules.map((entry) => (
          <RuleRow
            key={entry.key}
            entry={entry}
            effect={effectOf(entry.key)}
            isRead={kinds === undefined || kinds.includes(kindOf(entry.key))}
            onChanged={onChanged}
          />
        ))}
      </ul>
      <More list={list} none={words.none} isEmpty={rules.length === 0} />
      {isAdding && (
        <EditDialog
          onStored={(entry) => onChanged(entry.key, entry)}
          onClose={() => setIsAdding(false)}
        />
      )}
    </Section>
  );
}

function kindOf(key: string): string {
  return key.slice(0, key.indexOf(":"));
}

function withoutEmpty(query: URLSearchParams): string {
  return new URLSearchParams([...query].filter(([, value]) => value !== "")).toString();
}
