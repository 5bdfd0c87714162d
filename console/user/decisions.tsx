import type { DecisionsPage } from "../answers.ts";
import { useConsole } from "../context.ts";
import { nameOf } from "../live/feed.ts";
import { FeedRow } from "../live/row.tsx";
import { Section } from "../parts/field.tsx";
import { More } from "../parts/more.tsx";
import { usePages } from "../use-pages.ts";

/** The requests and answers from the user and to the user, newest first. */
export function Decisions({ userId }: { userId: string }) {
  const { texts } = useConsole();
  const path = `/v1/users/${encodeURIComponent(userId)}/decisions`;
  const list = usePages<DecisionsPage>(userId, {
    pathOf: (before) => `${path}${before === undefined ? "" : `?before=${before}`}`,
    next: ({ before }) => before,
    isEmpty: ({ decisions }) => decisions.length === 0,
  });
  const decisions = list.pages.flatMap((page) => page.decisions);
  return (
    <Section title={texts.user.decisions}>
      <ol class="feed">
        {decisions.map((decision) => (
          <FeedRow key={nameOf(decision)} item={decision} />
        ))}
      </ol>
      <More list={list} none={texts.user.noDecisions} isEmpty={decisions.length === 0} />
    </Section>
  );
}
