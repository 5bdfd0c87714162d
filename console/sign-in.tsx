import { useEffect, useRef, useState } from "preact/hooks";
import type { Session } from "./answers.ts";
import { ask, type Failure } from "./ask.ts";
import { failureText } from "./parts/notice.tsx";
import type { Texts } from "./texts/en.ts";

type Props = { texts: Texts; isAgain: boolean; onSignedIn: (session: Session) => void };

export function SignIn({ texts, isAgain, onSignedIn }: Props) {
  const [token, setToken] = useState("");
  const [isAsking, setIsAsking] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  useEffect(() => {
    document.title = `${texts.signIn.title} · friendgate`;
  }, [texts]);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setIsAsking(true);
    setFailure(undefined);
    const answer = await ask<Session>("/console/session", { method: "POST", body: { token } });
    setIsAsking(false);
    if (answer.ok) return onSignedIn(answer.value);
    setFailure(answer.failure);
    field.current?.focus();
  };

  return (
    <main id="content" class="centre" tabIndex={-1}>
      <form class="card sign-in" onSubmit={submit}>
        <h1>{texts.signIn.title}</h1>
        <p class={isAgain ? "notice" : "muted"}>
          {isAgain ? texts.signIn.again : texts.signIn.about}
        </p>
        {failure !== undefined && (
          <p class="notice bad" role="alert" id="sign-in-failure">
            {whyNot(texts, failure)}
          </p>
        )}
        <label class="field">
          <span>{texts.signIn.token}</span>
          <input
            ref={field}
            type="password"
            name="token"
            autocomplete="current-password"
            required
            value={token}
            aria-invalid={failure !== undefined}
            {...(failure !== undefined && { "aria-describedby": "sign-in-failure" })}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        <button type="submit" disabled={isAsking}>
          {isAsking ? texts.loading : texts.signIn.submit}
        </button>
      </form>
    </main>
  );
}

function whyNot(texts: Texts, failure: Failure): string {
  if (failure.kind === "signed-out") return texts.signIn.wrong;
  if (failure.kind === "forbidden") return texts.signIn.access;
  return failureText(texts, failure);
}
