import { useEffect, useState } from "preact/hooks";
import type { Friendship, FriendsPage } from "../answers.ts";
import { useConsole } from "../context.ts";
import { Section } from "../parts/field.tsx";
import { More } from "../parts/more.tsx";
import { Time } from "../parts/time.tsx";
import { UserLink } from "../parts/user-link.tsx";
import { usePages } from "../use-pages.ts";

/** Only a few, because the direction of each one is asked for. */
const PAGE_FRIENDS = 20;

export function Friends({ userId }: { userId: string }) {
  const { texts } = useConsole();
  const path = `/v1/users/${encodeURIComponent(userId)}/friends`;
  const list = usePages<FriendsPage>(userId, {
    pathOf: (cursor) =>
      `${path}?limit=${PAGE_FRIENDS}${cursor === undefined ? "" : `&cursor=${cursor}`}`,
    next: ({ cursor }) => cursor,
  });
  const friends = list.pages.flatMap((page) => page.friends);
  return (
    <Section title={texts.user.friends}>
      <ul class="people">
        {friends.map(({ friendId, addedAt }) => (
          <li key={friendId} class="row">
            <UserLink id={friendId} />
            <Direction path={`${path}/${encodeURIComponent(friendId)}`} />
            <span class="muted">
              {texts.user.since} <Time at={addedAt} />
            </span>
          </li>
        ))}
      </ul>
      <More list={list} none={texts.user.noFriends} isEmpty={friends.length === 0} />
    </Section>
  );
}

function Direction({ path }: { path: string }) {
  const { texts, ask } = useConsole();
  const [direction, setDirection] = useState<Friendship["direction"]>();
  useEffect(() => {
    const left = new AbortController();
    ask<Friendship>(path, { signal: left.signal }).then((answer) => {
      if (answer.ok && !left.signal.aborted) setDirection(answer.value.direction);
    });
    return () => left.abort();
  }, [path, ask]);
  return (
    <span class="badge">{direction === undefined ? "…" : texts.user.directions[direction]}</span>
  );
}
