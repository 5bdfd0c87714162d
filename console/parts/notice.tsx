import type { Failure } from "../ask.ts";
import type { Texts } from "../texts/en.ts";

type Props = { texts: Texts; failure: Failure; onRetry?: () => void };

/** What went wrong, in words, and a way to try again. */
export function FailureNotice({ texts, failure, onRetry }: Props) {
  return (
    <div class="notice bad" role="alert">
      <p>{failureText(texts, failure)}</p>
      {failure.detail !== "" && (
        <p class="detail" lang="en">
          {failure.detail}
        </p>
      )}
      {onRetry !== undefined && (
        <button type="button" class="small" onClick={onRetry}>
          {texts.tryAgain}
        </button>
      )}
    </div>
  );
}

export function failureText(texts: Texts, { kind, status, retryAfterSeconds }: Failure): string {
  if (kind === "too-many") return texts.failures["too-many"](retryAfterSeconds);
  if (kind === "failed") return texts.failures.failed(status);
  return texts.failures[kind];
}
