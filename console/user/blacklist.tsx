import type { BlacklistPage } from "../answers.ts";
import { useConsole } from "../context.ts";
import { Section } from "../parts/field.tsx";
import { More } from "../parts/more.tsx";
import { Time } from "../parts/time.tsx";
import { UserLink } from "../parts/user-link.tsx";
import { usePages } from "../use-pages.ts";

const PAGE_USERS = 50;

export function Blacklist({ userId }: { userId: string }) {
  const { texts } = useConsole();
  const path = `/v1/users/${encodeURIComponent(userId)}/blacklist`;
  const list = usePages<BlacklistPage>(userId, {
    pathOf: (cursor) =>
      `${path}?limit=${PAGE_USERS}${cursor === undefined ? "" : `&cursor=${cursor}`}`,
    next: ({ cursor }) => cursor,
  });
  const blocked = list.pages.flatMap(({ blacklist }) => blacklist);
  return (
    <Section title={texts.user.blacklist}>
      <ul class="people">
        {blocked.map(({ blockedId, addedAt }) => (
          <li key={blockedId} class="row">
            <UserLink id={blockedId} />
            <span class="muted">
              {texts.user.since} <Time at={addedAt} />
            </span>
          </li>
        ))}
      </ul>
      <More list={list} none={texts.user.noBlacklist} isEmpty={blocked.length === 0} />
    </Section>
  );
}
