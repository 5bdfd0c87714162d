import { useConsole } from "../context.ts";
import { hrefOf } from "../route.ts";
import { partsOf } from "./keys.ts";
import { UserLink } from "./user-link.tsx";

/** A rule's key in words, with its users as links. */
export function RuleKey({ ruleKey }: { ruleKey: string }) {
  const { texts } = useConsole();
  const { kind, ids } = partsOf(ruleKey);
  return (
    <span class="rule-key" title={ruleKey}>
      {kind !== undefined && <span class="kind">{texts.kinds[kind]}</span>}
      {ids.map((id, at) => (
        <span key={at}>
          {at > 0 && <span aria-hidden="true"> ← </span>}
          {kind === undefined || kind === "ip" ? <bdi class="id">{id}</bdi> : <UserLink id={id} />}
        </span>
      ))}
    </span>
  );
}

/** The same, as a link to the rule. */
export function RuleLink({ ruleKey }: { ruleKey: string }) {
  const { texts } = useConsole();
  const { kind, ids } = partsOf(ruleKey);
  return (
    <a class="id" href={hrefOf("blocklist", [], { prefix: ruleKey })} title={ruleKey}>
      {kind !== undefined && `${texts.kinds[kind]} `}
      <bdi>{ids.join(" ← ")}</bdi>
    </a>
  );
}
