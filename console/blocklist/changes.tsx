import type { RuleChange, RuleChangesPage } from "../answers.ts";
import { useConsole } from "../context.ts";
import { Section, TextField } from "../parts/field.tsx";
import { asKey } from "../parts/keys.ts";
import { More } from "../parts/more.tsx";
import { RuleLink } from "../parts/rule-key.tsx";
import { Time } from "../parts/time.tsx";
import { hrefOf, replaceRoute } from "../route.ts";
import { useDelayed } from "../use-delayed.ts";
import { usePages } from "../use-pages.ts";

/** Who has changed which rule, and when. */
export function RuleChanges({ ruleKey: typed }: { ruleKey: string }) {
  const ruleKey = asKey(useDelayed(typed));
  const { texts } = useConsole();
  const words = texts.changes;
  const list = usePages<RuleChangesPage>(ruleKey, {
    pathOf: (before) => {
      const given = { key: ruleKey, before: before ?? "" };
      const query = new URLSearchParams(Object.entries(given).filter(([, value]) => value !== ""));
      return `/v1/rule-changes?${query}`;
    },
    next: ({ before }) => before,
  });
  const changes = list.pages.flatMap((page) => page.changes);
  return (
    <Section title={texts.blocklist.tabs.changes}>
      <p class="muted">{words.about}</p>
      <search>
        <form class="filters" onSubmit={(event) => event.preventDefault()}>
          <TextField
            type="search"
            label={words.key}
            value={typed}
            onValue={(key) => replaceRoute(hrefOf("blocklist", ["changes"], { key }))}
          />
        </form>
      </search>
      <ol class="rules">
        {changes.map((change) => (
          <ChangeRow key={change.id} change={change} />
        ))}
      </ol>
      <More list={list} none={words.none} isEmpty={changes.length === 0} />
    </Section>
  );
}

function ChangeRow({ change }: { change: RuleChange }) {
  const words = useConsole().texts.changes;
  return (
    <li class="row change">
      <Time at={change.at} />
      <bdi class="id">{change.who}</bdi>
      <span class={`badge ${change.change}`}>{words[change.change]}</span>
      <RuleLink ruleKey={change.key} />
      <dl class="values">
        <dt>{words.before}</dt>
        <dd>
          <Value value={change.before} />
        </dd>
        <dt>{words.after}</dt>
        <dd>
          <Value value={change.after} />
        </dd>
      </dl>
      {change.failed && <p class="bad-text">{words.failed}</p>}
    </li>
  );
}

/** The text exactly as KV had it. */
function Value({ value }: { value: string | null }) {
  const words = useConsole().texts.changes;
  return value === null ? <i>{words.nothing}</i> : <code dir="auto">{value}</code>;
}
