import { useConsole } from "../context.ts";
import { RuleLink } from "../parts/rule-key.tsx";
import { Time } from "../parts/time.tsx";
import { UserLink } from "../parts/user-link.tsx";
import { type FeedItem, isDecision, outcomeOf } from "./feed.ts";

/** What happened, between which users, and why it ended this way. */
export function FeedRow({ item }: { item: FeedItem }) {
  const { texts } = useConsole();
  const outcome = outcomeOf(item);
  const sentence = isDecision(item)
    ? texts.sentences[item.type === "request" ? "request" : item.action]
    : texts.sentences[item.type];
  const [subject, object] = subjectAndObject(item);
  return (
    <li class="row">
      <Time at={item.at} />
      <span class={`badge ${outcome}`}>{texts.outcomes[outcome]}</span>
      <span class="sentence">
        <UserLink id={subject} /> {sentence[0]} <UserLink id={object} /> {sentence[1]}
        {isDecision(item) && item.requesterId !== null && item.requesterId !== subject && (
          <span class="muted">
            {" "}
            ({texts.sentBy} <UserLink id={item.requesterId} />)
          </span>
        )}
      </span>
      {isDecision(item) && (
        <span class="why">
          <Why item={item} />
          {item.code !== 0 && <span class="muted">{item.code}</span>}
          {item.platform !== null && <span class="muted">{item.platform}</span>}
          {item.clientIp !== null && <bdi class="muted">{item.clientIp}</bdi>}
        </span>
      )}
    </li>
  );
}

function Why({ item }: { item: Extract<FeedItem, { ruleKind: unknown }> }) {
  const { texts } = useConsole();
  const key = item.observedKey ?? item.ruleKey;
  // The limit per minute is not a rule that somebody wrote.
  if (item.ruleKind === "rate" || key?.startsWith("rate")) return <span>{texts.kinds.rate}</span>;
  if (key !== null) return <RuleLink ruleKey={key} />;
  return item.code === 0 ? null : <span>{texts.kinds.none}</span>;
}

function subjectAndObject(item: FeedItem): [string, string] {
  if (item.type === "request") return [item.applicantId, item.responderId];
  if (item.type === "response") return [item.responderId, item.applicantId];
  return [item.userId, item.otherId];
}
