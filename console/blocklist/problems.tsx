import type { Problem } from "../../src/blocklist/entry.ts";
import { useConsole } from "../context.ts";

/** A file may have the same mistake a thousand times. */
const SHOWN_MAX = 200;

export function Problems({ problems }: { problems: readonly Problem[] }) {
  const { texts } = useConsole();
  return (
    <div class="problem-table">
      <table>
        <thead>
          <tr>
            <th scope="col">{texts.files.line}</th>
            <th scope="col">{texts.files.problem}</th>
          </tr>
        </thead>
        <tbody>
          {problems.slice(0, SHOWN_MAX).map(({ line, key, message }) => (
            <tr key={`${line} ${message}`}>
              <td>{line ?? ""}</td>
              <td>
                {key !== undefined && (
                  <>
                    <code>{key}</code>:{" "}
                  </>
                )}
                <span lang="en">{message}</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {problems.length > SHOWN_MAX && <p>… {texts.number(problems.length - SHOWN_MAX)}</p>}
    </div>
  );
}
