import type { Failure } from "../ask.ts";
import type { Texts } from "../texts/en.ts";

type Props = { texts: Texts; failure: Failure; onRetry?: () => void };

/** The failure in words, and a way to try again. */
export function FailureNotice({ texts, failure, onRetry }: Props) {
  return (
    <div class="notice bad" role="alert">
      <p>{failureText(texts, failure)}</p>
      <ul lang="en">
        {detailsOf(failure).map((detail) => (
          <li key={detail}>{detail}</li>
        ))}
      </ul>
      {onRetry !== undefined && (
        <button type="button" class="small" onClick={onRetry}>
          {texts.tryAgain}
        </button>
      )}
    </div>
  );
}

/** The Worker's own words. */
export function detailsOf({ detail, problems, doubts }: Failure): string[] {
  const all = [...problems, ...doubts];
  return all.length > 0 || detail === "" ? all : [detail];
}

export function failureText(texts: Texts, { kind, status, retryAfterSeconds }: Failure): string {
  if (kind === "too-many") return texts.failures["too-many"](retryAfterSeconds);
  if (kind === "failed") return texts.failures.failed(status);
  return texts.failures[kind];
}
