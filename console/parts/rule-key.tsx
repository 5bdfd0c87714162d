import { useConsole } from "../context.ts";
import { hrefOf } from "../route.ts";
import { UserLink } from "./user-link.tsx";

const KINDS = ["pair", "user", "responder", "applicant", "ip"] as const;
type Kind = (typeof KINDS)[number];

/** What a key is about, as far as it can be read: its kind, and the ids as they are. */
export function partsOf(key: string): { kind: Kind | undefined; ids: string[] } {
  const at = key.indexOf(":");
  const kind = KINDS.find((each) => each === key.slice(0, at));
  const rest = key.slice(at + 1);
  if (kind === undefined) return { kind, ids: [key] };
  return { kind, ids: (kind === "ip" ? [rest] : rest.split(":")).map(decoded) };
}

/** What somebody types as the beginning of a key, where ids are encoded: what no key has becomes what it has. */
export function asKey(typed: string): string {
  return typed.toWellFormed().replace(/[^\w\-.!~*'():%]/gu, encodeURIComponent);
}

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

/** The same, leading to the rule. */
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

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
