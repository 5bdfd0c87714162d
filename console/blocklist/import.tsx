import { useRef, useState } from "preact/hooks";
import { COLUMNS } from "../../src/blocklist/csv-row.ts";
import type { Entry, Located } from "../../src/blocklist/entry.ts";
import type { Failure } from "../ask.ts";
import { useConsole } from "../context.ts";
import { Confirm } from "../parts/dialog.tsx";
import { Section } from "../parts/field.tsx";
import { detailsOf, failureText } from "../parts/notice.tsx";
import { Problems } from "./problems.tsx";
import { putOf, type ReadFile, readFile } from "./read-file.ts";
import { putRule } from "./write.ts";

/** Enough to hide the time on the network, and fewer than the connections of a browser. */
const AT_ONCE = 4;

/** @property seconds until every edge sees the rules that are stored */
type Progress = { done: number; all: number; seconds: number; isRunning: boolean };
type NotStored = { rule: Located<Entry>; failure: Failure };

export function Import() {
  const { texts, ask, announce } = useConsole();
  const words = texts.files;
  const [file, setFile] = useState<ReadFile>();
  const [isAsking, setIsAsking] = useState(false);
  const [progress, setProgress] = useState<Progress>();
  const [notStored, setNotStored] = useState<NotStored[]>([]);
  const stop = useRef(false);

  const choose = async (chosen: File | undefined) => {
    setProgress(undefined);
    setNotStored([]);
    if (chosen === undefined) return setFile(undefined);
    const read = readFile(new Uint8Array(await chosen.arrayBuffer()), Date.now());
    setFile(read);
    announce(words.found(read.rules.length, read.problems.length));
  };

  const store = async (rules: readonly Located<Entry>[]) => {
    stop.current = false;
    setNotStored([]);
    const waiting = [...rules];
    let done = 0;
    let seconds = 0;
    const show = (isRunning: boolean) =>
      setProgress({ done, all: rules.length, seconds, isRunning });
    show(true);
    const work = async () => {
      for (let rule = waiting.shift(); rule && !stop.current; rule = waiting.shift()) {
        const answer = await putRule(ask, putOf(rule), false);
        if (answer.ok) {
          done += 1;
          seconds = answer.value.visibleWithinSeconds;
          show(true);
          continue;
        }
        const { failure } = answer;
        const failed = rule;
        setNotStored((last) => [...last, { rule: failed, failure }]);
        // A refused rule concerns only itself. Any other failure would also stop all that follow.
        if (failure.kind !== "refused") stop.current = true;
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    show(false);
    announce(stop.current ? words.stopped(done, rules.length) : words.stored(done, seconds));
  };

  return (
    <Section title={words.importTitle}>
      <p class="muted">
        {words.importAbout} <code>{COLUMNS.join(", ")}</code>
      </p>
      <label class="field">
        <span>{words.choose}</span>
        <input
          type="file"
          accept=".csv,.txt,text/csv"
          disabled={progress?.isRunning ?? false}
          onChange={({ currentTarget }) => choose(currentTarget.files?.[0])}
        />
      </label>
      {file !== undefined && (
        <>
          <p>
            {words.found(file.rules.length, file.problems.length)}{" "}
            {file.repeats > 0 && words.repeated(file.repeats)}{" "}
            <span class="muted">{file.encoding !== undefined && words.readAs(file.encoding)}</span>
          </p>
          {file.problems.length > 0 && <Problems problems={file.problems} />}
          {file.problems.length > 0 && file.rules.length > 0 && <p>{words.mendOrLeave}</p>}
          {file.rules.length > 0 && progress === undefined && (
            <button type="button" onClick={() => setIsAsking(true)}>
              {words.store(file.rules.length)}
            </button>
          )}
        </>
      )}
      {progress !== undefined && (
        <div class="buttons">
          <progress
            max={progress.all}
            value={progress.done}
            aria-label={words.storing(progress.done, progress.all)}
          />
          <span>
            {progress.isRunning
              ? words.storing(progress.done, progress.all)
              : stop.current
                ? words.stopped(progress.done, progress.all)
                : words.stored(progress.done, progress.seconds)}
          </span>
          {progress.isRunning && (
            <button
              type="button"
              class="plain small"
              onClick={() => {
                stop.current = true;
              }}
            >
              {words.stop}
            </button>
          )}
        </div>
      )}
      {notStored.length > 0 && (
        <div class="notice bad" role="alert">
          <p>{words.notStored(notStored.length)}</p>
          <ul>
            {notStored.map(({ rule, failure }) => (
              <li key={rule.key}>
                {words.line} {rule.line}: <code>{rule.key}</code> {failureText(texts, failure)}{" "}
                <span lang="en">{detailsOf(failure).join("; ")}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
      {isAsking && file !== undefined && (
        <Confirm
          question={words.storeAsk(file.rules.length)}
          action={words.store(file.rules.length)}
          onConfirm={() => store(file.rules)}
          onClose={() => setIsAsking(false)}
        />
      )}
    </Section>
  );
}
