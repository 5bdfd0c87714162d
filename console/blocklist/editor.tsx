import { useState } from "preact/hooks";
import { ACTIONS } from "../../src/blocklist/value.ts";
import { PLATFORMS } from "../../src/tencent/platforms.ts";
import type { RuleEntry } from "../answers.ts";
import type { Failure } from "../ask.ts";
import { useConsole } from "../context.ts";
import { Dialog } from "../parts/dialog.tsx";
import { Choice, TextField } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { RuleKey } from "../parts/rule-key.tsx";
import { type Draft, draftOf, EMPTY_DRAFT, type Expiry, toPut } from "./draft.ts";
import { putRule } from "./write.ts";

export type EditorProps = {
  /** The rule that is edited. Without it, the rule is a new one. */
  entry?: RuleEntry | undefined;
  /** What the form already contains. */
  about?: Partial<Draft> | undefined;
  onStored: (entry: RuleEntry) => void;
  onClose: () => void;
};

export function Editor({ entry, about, onStored, onClose }: EditorProps) {
  const { texts, ask, announce } = useConsole();
  const [draft, setDraft] = useState<Draft>(() => ({
    ...(entry === undefined ? EMPTY_DRAFT : draftOf(entry)),
    ...about,
  }));
  const [problem, setProblem] = useState<string>();
  const [failure, setFailure] = useState<Failure>();
  const [isStoring, setIsStoring] = useState(false);
  const words = texts.editor;
  const set = (changed: Partial<Draft>) => setDraft((last) => ({ ...last, ...changed }));

  const store = async (force: boolean) => {
    const drafted = toPut(draft, entry, Date.now());
    setFailure(undefined);
    setProblem(drafted.ok ? undefined : (drafted.message ?? words[drafted.problem]));
    if (!drafted.ok) return;
    setIsStoring(true);
    const answer = await putRule(ask, drafted, force);
    setIsStoring(false);
    if (!answer.ok) return setFailure(answer.failure);
    announce(texts.blocklist.stored(answer.value.visibleWithinSeconds));
    onStored(answer.value);
    onClose();
  };

  return (
    <Dialog title={entry === undefined ? words.add : words.edit} onClose={onClose}>
      <form
        class="editor"
        onSubmit={(event) => {
          event.preventDefault();
          store(false);
        }}
      >
        {entry === undefined ? <About draft={draft} set={set} /> : <RuleKey ruleKey={entry.key} />}
        <Choice
          label={words.mode}
          value={draft.mode}
          options={words.modes}
          onValue={(mode) => set({ mode })}
        />
        {draft.mode !== "allow" && (
          <TextField
            label={words.reason}
            hint={words.reasonHint}
            value={draft.reason}
            onValue={(reason) => set({ reason })}
          />
        )}
        <Choice
          label={words.expiry}
          value={draft.expiry}
          options={expiriesOf(words.expiries, entry)}
          onValue={(expiry) => set({ expiry })}
        />
        {draft.expiry === "at" && (
          <TextField
            type="datetime-local"
            label={words.expiresAt}
            value={draft.expiresAt}
            onValue={(expiresAt) => set({ expiresAt })}
          />
        )}
        <TextField label={words.note} value={draft.note} onValue={(note) => set({ note })} />
        <Actions draft={draft} set={set} />
        <div class="two">
          {draft.mode !== "allow" && (
            <TextField
              type="number"
              label={words.code}
              value={draft.code}
              onValue={(code) => set({ code })}
            />
          )}
          <TextField
            label={words.platforms}
            hint={words.platformsHint}
            value={draft.platforms}
            suggestions={PLATFORMS}
            onValue={(platforms) => set({ platforms })}
          />
        </div>
        {problem !== undefined && (
          <p class="notice bad" role="alert">
            {problem}
          </p>
        )}
        {failure !== undefined && <FailureNotice texts={texts} failure={failure} />}
        <div class="buttons end">
          {failure !== undefined && failure.problems.length === 0 && failure.doubts.length > 0 && (
            <button type="button" class="plain" onClick={() => store(true)}>
              {words.force}
            </button>
          )}
          <button type="button" class="plain" onClick={onClose}>
            {texts.cancel}
          </button>
          <button type="submit" disabled={isStoring}>
            {isStoring ? words.saving : words.save}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

type PartProps = { draft: Draft; set: (changed: Partial<Draft>) => void };

function About({ draft, set }: PartProps) {
  const words = useConsole().texts.editor;
  const { kind, ids } = draft;
  const first = kind === "ip" ? words.address : kind === "pair" ? words.responder : words.id;
  return (
    <>
      <Choice
        label={words.kind}
        value={kind}
        options={words.kinds}
        onValue={(next) => set({ kind: next })}
      />
      <TextField
        label={first}
        required
        value={ids[0]}
        onValue={(id) => set({ ids: [id, ids[1]] })}
      />
      {kind === "pair" && (
        <TextField
          label={words.applicant}
          required
          value={ids[1]}
          onValue={(id) => set({ ids: [ids[0], id] })}
        />
      )}
    </>
  );
}

function Actions({ draft, set }: PartProps) {
  const { texts } = useConsole();
  const { actions } = draft;
  return (
    <fieldset>
      <legend>{texts.editor.actions}</legend>
      <small class="muted">{texts.editor.actionsHint}</small>
      {ACTIONS.map((action) => (
        <label key={action} class="check">
          <input
            type="checkbox"
            checked={actions.includes(action)}
            onChange={({ currentTarget: { checked } }) =>
              set({
                actions: checked ? [...actions, action] : actions.filter((each) => each !== action),
              })
            }
          />
          {texts.actions[action]}
        </label>
      ))}
    </fieldset>
  );
}

function expiriesOf(words: Record<Expiry, string>, entry: RuleEntry | undefined) {
  const { keep, ...others } = words;
  return (entry === undefined || entry.expiresAt === null ? others : { keep, ...others }) as Record<
    Expiry,
    string
  >;
}
