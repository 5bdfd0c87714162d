import { useState } from "preact/hooks";
import type { RuleEntry } from "../answers.ts";
import type { Failure } from "../ask.ts";
import { useConsole } from "../context.ts";
import { Confirm } from "../parts/dialog.tsx";
import { focusHeading } from "../parts/focus.ts";
import { FailureNotice } from "../parts/notice.tsx";
import { RuleKey } from "../parts/rule-key.tsx";
import { Time } from "../parts/time.tsx";
import { hrefOf } from "../route.ts";
import { EditDialog } from "./edit-dialog.tsx";
import { removeRule } from "./write.ts";

export type Effect = { refused: number; observed: number };

type Props = {
  entry: RuleEntry;
  /** Undefined if nobody counted it. */
  effect?: Effect | undefined;
  /** Whether the Worker looks up this kind of rule. */
  isRead?: boolean;
  onChanged: (key: string, entry: RuleEntry | undefined) => void;
};

/** A rule, its effect so far, its problems, and the actions on it. */
export function RuleRow({ entry, effect, isRead = true, onChanged }: Props) {
  const { texts, ask, announce } = useConsole();
  const [open, setOpen] = useState<"edit" | "block" | "remove">();
  const [failure, setFailure] = useState<Failure>();
  const { key, rule, problems, madeBy } = entry;
  const words = texts.blocklist;
  const close = () => setOpen(undefined);

  const remove = async () => {
    const answer = await removeRule(ask, key);
    if (!answer.ok && answer.failure.kind !== "missing") return setFailure(answer.failure);
    announce(words.removed);
    onChanged(key, undefined);
    focusHeading();
  };

  return (
    <li class="row rule">
      <span class={`badge ${rule.mode}`}>{texts.modes[rule.mode]}</span>
      <RuleKey ruleKey={key} />
      <RuleFacts entry={entry} />
      <span class="effect">{effect === undefined ? "" : effectText(words, effect)}</span>
      <span class="buttons">
        {rule.mode === "observe" && (
          <button type="button" class="small" onClick={() => setOpen("block")}>
            {words.blockNow}
          </button>
        )}
        <button type="button" class="plain small" onClick={() => setOpen("edit")}>
          {words.edit}
        </button>
        <button type="button" class="plain small" onClick={() => setOpen("remove")}>
          {words.remove}
        </button>
      </span>
      {(problems.length > 0 || rule.broken || madeBy !== null || !isRead) && (
        <ul class="problems">
          {!isRead && <li class="bad-text">{texts.explain.isNotRead}</li>}
          {madeBy !== null && <li>{words.quota}</li>}
          {rule.broken && <li class="bad-text">{words.broken}</li>}
          {problems.map((problem) => (
            <li key={problem} class="bad-text" lang="en">
              {problem}
            </li>
          ))}
        </ul>
      )}
      {failure !== undefined && <FailureNotice texts={texts} failure={failure} onRetry={remove} />}
      {open === "remove" && (
        <Confirm
          question={words.removeAsk(key)}
          action={words.remove}
          onConfirm={remove}
          onClose={close}
        />
      )}
      {(open === "edit" || open === "block") && (
        <EditDialog
          entry={entry}
          about={open === "block" ? { mode: "block" } : undefined}
          onStored={(stored) => onChanged(key, stored)}
          onClose={close}
        />
      )}
    </li>
  );
}

function RuleFacts({ entry: { key, rule, expiresAt } }: { entry: RuleEntry }) {
  const { texts } = useConsole();
  const words = texts.blocklist;
  const only = [
    ...(isUsual(rule.actions) ? [] : rule.actions.map((action) => actionText(texts, action))),
    ...(rule.platforms ?? []),
  ];
  return (
    <span class="facts">
      {rule.mode !== "allow" && (
        <span>
          <span class="muted">{rule.code}</span>{" "}
          {rule.reason !== undefined && <q dir="auto">{rule.reason}</q>}
        </span>
      )}
      {only.length > 0 && (
        <span>
          <span class="muted">{words.only}:</span> {only.join(", ")}
        </span>
      )}
      {expiresAt !== null && (
        <span>
          <span class="muted">{words.expires}</span> <Time at={expiresAt} />
        </span>
      )}
      {rule.note !== undefined && (
        <span>
          <span class="muted">{words.note}:</span> <bdi>{rule.note}</bdi>
        </span>
      )}
      <a href={hrefOf("blocklist", ["changes"], { key })}>{words.tabs.changes}</a>
    </span>
  );
}

const USUAL = ["Request", "Agree", "AgreeAndAdd"];

function isUsual(actions: readonly string[]): boolean {
  return actions.length === USUAL.length && USUAL.every((action) => actions.includes(action));
}

function actionText(texts: ReturnType<typeof useConsole>["texts"], action: string): string {
  return Object.hasOwn(texts.actions, action)
    ? texts.actions[action as keyof typeof texts.actions]
    : action;
}

function effectText(
  words: { effects: (refused: number, observed: number) => string; noEffect: string },
  { refused, observed }: Effect,
): string {
  return words.effects(refused, observed) || words.noEffect;
}
