import { useState } from "preact/hooks";
import type { RuleEntry, UserRules as Rules } from "../answers.ts";
import type { Draft } from "../blocklist/draft.ts";
import { EditDialog } from "../blocklist/edit-dialog.tsx";
import { RuleRow } from "../blocklist/rule-row.tsx";
import { useConsole } from "../context.ts";
import { Section } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { useRead } from "../use-read.ts";

const MODES = ["block", "observe", "allow"] as const;

/** The rules about a user, and buttons for new ones. */
export function UserRules({ userId }: { userId: string }) {
  const { texts } = useConsole();
  const words = texts.user;
  const [about, setAbout] = useState<Partial<Draft>>();
  const [changed, setChanged] = useState(new Map<string, RuleEntry | undefined>());
  const read = useRead<Rules>(`/v1/users/${encodeURIComponent(userId)}/rules`);
  const onChanged = (key: string, entry: RuleEntry | undefined) =>
    setChanged((last) => new Map(last).set(key, entry));

  const stored = read.value?.rules ?? [];
  const keys = new Set(stored.map(({ key }) => key));
  const rules = [
    ...[...changed].flatMap(([key, entry]) => (entry && !keys.has(key) ? [entry] : [])),
    ...stored.flatMap((entry) => (changed.has(entry.key) ? (changed.get(entry.key) ?? []) : entry)),
  ];
  const labels = { block: words.block, observe: words.observe, allow: words.except };
  return (
    <Section
      title={words.rules}
      aside={
        <div class="buttons">
          {MODES.map((mode) => (
            <button
              key={mode}
              type="button"
              class={mode === "block" ? "danger small" : "plain small"}
              onClick={() => setAbout({ kind: "user", ids: [userId, ""], mode })}
            >
              {labels[mode]}
            </button>
          ))}
        </div>
      }
    >
      {read.failure !== undefined && (
        <FailureNotice texts={texts} failure={read.failure} onRetry={read.reload} />
      )}
      {read.isLoading && read.value === undefined && <p class="loading">{texts.loading}</p>}
      {read.value !== undefined && rules.length === 0 && <p class="muted">{words.noRules}</p>}
      <ul class="rules">
        {rules.map((entry) => (
          <RuleRow key={entry.key} entry={entry} onChanged={onChanged} />
        ))}
      </ul>
      {read.value?.incomplete && <p class="muted">{words.incomplete}</p>}
      {about !== undefined && (
        <EditDialog
          about={about}
          onStored={(entry) => onChanged(entry.key, entry)}
          onClose={() => setAbout(undefined)}
        />
      )}
    </Section>
  );
}
