import { stringify } from "csv-stringify/browser/esm/sync";
import { useRef, useState } from "preact/hooks";
import { rowsFor } from "../../src/blocklist/csv-file.ts";
import { COLUMNS } from "../../src/blocklist/csv-row.ts";
import type { RuleEntry, RulesPage } from "../answers.ts";
import type { Failure } from "../ask.ts";
import { useConsole } from "../context.ts";
import { Section } from "../parts/field.tsx";
import { FailureNotice } from "../parts/notice.tsx";

/** The most that the Worker gives in one answer. */
const PAGE_RULES = 100;

export function Export() {
  const { texts, ask, announce } = useConsole();
  const words = texts.files;
  const [read, setRead] = useState<number>();
  const [left, setLeft] = useState<string[]>([]);
  const [failure, setFailure] = useState<Failure>();
  const stop = useRef<AbortController>(undefined);

  const run = async () => {
    stop.current = new AbortController();
    const { signal } = stop.current;
    setFailure(undefined);
    setLeft([]);
    setRead(0);
    const rules: RuleEntry[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const place: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
      const answer = await ask<RulesPage>(`/v1/blocklist?limit=${PAGE_RULES}${place}`, { signal });
      if (!answer.ok || signal.aborted) {
        setRead(undefined);
        if (!answer.ok && !signal.aborted) setFailure(answer.failure);
        return;
      }
      rules.push(...answer.value.rules);
      cursor = answer.value.cursor;
      setRead(rules.length);
    }
    const { csv, unwritten, count } = csvOf(rules);
    setRead(undefined);
    setLeft(unwritten);
    download(csv, `blocklist-${new Date().toISOString().slice(0, 10)}.csv`);
    announce(words.exported(count));
  };

  return (
    <Section title={words.exportTitle}>
      <p class="muted">{words.exportAbout}</p>
      {read === undefined ? (
        <button type="button" onClick={run}>
          {words.export}
        </button>
      ) : (
        <div class="buttons">
          <span class="loading">{words.exporting(read)}</span>
          <button type="button" class="plain small" onClick={() => stop.current?.abort()}>
            {words.stop}
          </button>
        </div>
      )}
      {failure !== undefined && <FailureNotice texts={texts} failure={failure} onRetry={run} />}
      {left.length > 0 && (
        <div class="notice" role="alert">
          <p>{words.notExported(left.length)}</p>
          <ul>
            {left.map((key) => (
              <li key={key}>
                <code>{key}</code>
              </li>
            ))}
          </ul>
        </div>
      )}
    </Section>
  );
}

/**
 * The daily limit makes rules that end by themselves. They are not the moderators', and the tool leaves them
 * out, too.
 */
function csvOf(rules: readonly RuleEntry[]) {
  const entries = rules
    .filter(({ madeBy }) => madeBy === null)
    .map(({ key, value, expiresAt }) => ({
      key,
      value,
      ...(expiresAt !== null && { expiration: Math.floor(expiresAt / 1_000) }),
      line: undefined,
    }));
  const { rows, problems } = rowsFor(entries);
  const csv = stringify(rows, { header: true, columns: [...COLUMNS], bom: true });
  return { csv, count: rows.length, unwritten: problems.map(({ key = "" }) => key) };
}

function download(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
