import { useState } from "preact/hooks";
import type { Discarded, Letter, LettersPage, Redriven } from "../answers.ts";
import type { Failure } from "../ask.ts";
import { useConsole } from "../context.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Section } from "../parts/field.tsx";
import { focusHeading } from "../parts/focus.ts";
import { More } from "../parts/more.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { Time } from "../parts/time.tsx";
import { usePages } from "../use-pages.ts";

const PAGE_LETTERS = 50;

export function DeadLetters() {
  const { texts, isAdmin, ask, announce } = useConsole();
  const words = texts.letters;
  const list = usePages<LettersPage>("dead-letters", {
    pathOf: (cursor) =>
      `/v1/dead-letters?limit=${PAGE_LETTERS}${cursor === undefined ? "" : `&cursor=${cursor}`}`,
    next: ({ cursor }) => cursor,
  });
  const [chosen, setChosen] = useState(new Set<string>());
  const [asking, setAsking] = useState<"redrive" | "discard">();
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [left, setLeft] = useState<Redriven["left"]>([]);
  const letters = list.pages.flatMap((page) => page.letters);
  const ids = letters.map(({ id }) => id).filter((id) => chosen.has(id));
  const choose = (which: readonly string[], isChosen: boolean) =>
    setChosen((last) => {
      const next = new Set(last);
      for (const id of which) isChosen ? next.add(id) : next.delete(id);
      return next;
    });

  const settle = async (how: "redrive" | "discard") => {
    setIsBusy(true);
    setFailure(undefined);
    const answer = await ask<Partial<Redriven & Discarded>>(`/v1/dead-letters/${how}`, {
      method: "POST",
      body: { ids },
    });
    setIsBusy(false);
    if (!answer.ok) return setFailure(answer.failure);
    const { redriven = [], discarded = [], left: stay = [] } = answer.value;
    setLeft(stay);
    announce(
      how === "redrive" ? words.redriven(redriven.length) : words.discarded(discarded.length),
    );
    setChosen(new Set());
    list.reload();
    focusHeading();
  };

  const waiting = list.pages[0]?.waiting;
  return (
    <Section
      title={words.title}
      aside={waiting !== undefined && <span class="muted">{words.waiting(waiting)}</span>}
    >
      <p class="muted">{words.about}</p>
      {letters.length > 0 && (
        <div class="buttons">
          <label class="check">
            <input
              type="checkbox"
              checked={ids.length === letters.length}
              onChange={({ currentTarget }) =>
                choose(
                  letters.map(({ id }) => id),
                  currentTarget.checked,
                )
              }
            />
            {words.all}
          </label>
          <button
            type="button"
            class="small"
            disabled={!isAdmin || isBusy || ids.length === 0}
            onClick={() => setAsking("redrive")}
          >
            {words.redrive(ids.length)}
          </button>
          <button
            type="button"
            class="danger small"
            disabled={!isAdmin || isBusy || ids.length === 0}
            onClick={() => setAsking("discard")}
          >
            {words.discard(ids.length)}
          </button>
          {!isAdmin && <span class="muted">{texts.onlyAdmin}</span>}
          {isBusy && <span class="loading">{texts.loading}</span>}
        </div>
      )}
      {failure !== undefined && <FailureNotice texts={texts} failure={failure} />}
      {left.length > 0 && (
        <div class="notice" role="alert">
          <p>{words.left(left.length)}</p>
          <ul>
            {left.map(({ id, why }) => (
              <li key={id}>
                <code>{id}</code> {words.why[why] ?? why}
              </li>
            ))}
          </ul>
        </div>
      )}
      <ul class="rules">
        {letters.map((letter) => (
          <LetterRow
            key={letter.id}
            letter={letter}
            isChosen={chosen.has(letter.id)}
            onChosen={(isChosen) => choose([letter.id], isChosen)}
          />
        ))}
      </ul>
      <More list={list} none={words.none} isEmpty={letters.length === 0} />
      {asking !== undefined && (
        <Confirm
          question={
            asking === "redrive" ? words.redriveAsk(ids.length) : words.discardAsk(ids.length)
          }
          action={asking === "redrive" ? words.redrive(ids.length) : words.discard(ids.length)}
          onConfirm={() => settle(asking)}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Section>
  );
}

type RowProps = { letter: Letter; isChosen: boolean; onChosen: (isChosen: boolean) => void };

function LetterRow({ letter, isChosen, onChosen }: RowProps) {
  const { id, firstAt, lastAt, attempts, reason, body } = letter;
  const words = useConsole().texts.letters;
  return (
    <li class="row letter">
      <input
        type="checkbox"
        aria-label={words.select(id)}
        checked={isChosen}
        onChange={({ currentTarget }) => onChosen(currentTarget.checked)}
      />
      <code class="id">{id}</code>
      <span>{words.reasons[reason] ?? reason}</span>
      <span class="muted">{words.attempts(attempts)}</span>
      <span class="muted">
        {words.first} <Time at={firstAt} />, {words.last} <Time at={lastAt} />
      </span>
      <details>
        <summary>{words.body}</summary>
        <pre dir="auto">{JSON.stringify(body, null, 2)}</pre>
      </details>
    </li>
  );
}
