import { useCallback, useEffect, useErrorBoundary, useMemo, useRef, useState } from "preact/hooks";
import type { Session } from "./answers.ts";
import { type Answer, ask, failed, type Question } from "./ask.ts";
import { BlocklistPage } from "./blocklist/page.tsx";
import { type Console, ConsoleContext, useConsole } from "./context.ts";
import { Header } from "./header.tsx";
import { HealthPage } from "./health/page.tsx";
import { LivePage } from "./live/page.tsx";
import { focusHeading } from "./parts/focus.ts";
import { FailureNotice, failureText } from "./parts/notice.tsx";
import { type Page, type Route, useRoute } from "./route.ts";
import { Said } from "./said.tsx";
import { SignIn } from "./sign-in.tsx";
import { firstLanguage, rememberLanguage, textsOf } from "./texts/language.ts";
import { UserPage } from "./user/page.tsx";

const VIEWS: Record<Page, (props: { route: Route }) => preact.ComponentChildren> = {
  live: LivePage,
  user: UserPage,
  blocklist: BlocklistPage,
  health: HealthPage,
};

export function App() {
  const [language, setLanguage] = useState(firstLanguage);
  const texts = textsOf(language);
  const [first, setFirst] = useState<Answer<Session>>();
  /** The last session, even after its end. So the page behind the sign-in stays as it is. */
  const [session, setSession] = useState<Session>();
  const [hasEnded, setHasEnded] = useState(false);
  const ended = useRef(false);
  const [said, setSaid] = useState<{ text: string }>();
  const announce = useCallback((text: string) => setSaid({ text }), []);

  const begin = useCallback(async () => {
    setFirst(undefined);
    const answer = await ask<Session>("/console/session");
    if (answer.ok) setSession(answer.value);
    setFirst(answer);
  }, []);
  useEffect(() => void begin(), [begin]);
  useEffect(() => {
    document.documentElement.lang = language;
    rememberLanguage(language);
  }, [language]);

  const asking = useCallback(async <T,>(path: string, question?: Question): Promise<Answer<T>> => {
    // The Worker would only refuse what the hidden page asks for meanwhile.
    if (ended.current) return { ok: false, failure: failed("signed-out", 401) };
    const answer = await ask<T>(path, question);
    if (!answer.ok && answer.failure.kind === "signed-out") {
      ended.current = true;
      setHasEnded(true);
    }
    return answer;
  }, []);
  const value = useMemo<Console | undefined>(
    () =>
      session && {
        texts,
        language,
        session,
        isAdmin: session.role === "admin",
        ask: asking,
        announce,
      },
    [session, texts, language, asking, announce],
  );

  const signedIn = (next: Session) => {
    // If somebody else signs in, nothing that was on the screen is kept.
    if (session?.who !== next.who || session.role !== next.role) setSession(undefined);
    setSession(next);
    ended.current = false;
    setHasEnded(false);
    announce(texts.signIn.done);
    requestAnimationFrame(focusHeading);
  };
  const signOut = async () => {
    const answer = await ask("/console/session", { method: "DELETE" });
    // Nobody should leave and wrongly believe to be signed out.
    if (!answer.ok) return announce(failureText(texts, answer.failure));
    setSession(undefined);
    setFirst({ ok: false, failure: failed("signed-out", 401) });
    announce(texts.signIn.out);
  };

  const isSignedIn = value !== undefined && !hasEnded;
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        {texts.skip}
      </button>
      <Header
        texts={texts}
        language={language}
        onLanguage={setLanguage}
        session={isSignedIn ? session : undefined}
        onSignOut={signOut}
      />
      {!isSignedIn &&
        (first === undefined ? (
          <p class="loading centre">{texts.loading}</p>
        ) : first.ok || first.failure.kind === "signed-out" ? (
          <SignIn texts={texts} isAgain={hasEnded && session !== undefined} onSignedIn={signedIn} />
        ) : (
          <main class="centre">
            <FailureNotice texts={texts} failure={first.failure} onRetry={begin} />
          </main>
        ))}
      {value !== undefined && (
        <ConsoleContext.Provider value={value}>
          <Content isHidden={hasEnded} key={`${value.session.role} ${value.session.who}`} />
        </ConsoleContext.Provider>
      )}
      <Said said={said} />
    </>
  );
}

/** The page that the address names. When another page comes, its heading takes the focus. */
function Content({ isHidden }: { isHidden: boolean }) {
  const route = useRoute();
  const { texts } = useConsole();
  const name = [route.page, ...route.parts].join("/");
  const before = useRef(name);
  const [error, reset] = useErrorBoundary();
  // On purpose: another page may not have the error
  useEffect(() => {
    if (before.current === name) return;
    before.current = name;
    reset();
    focusHeading();
    scrollTo(0, 0);
  }, [name]);
  useEffect(() => {
    document.title = `${[texts.pages[route.page], ...route.parts].join(" · ")} · friendgate`;
  }, [name, texts]);
  const View = VIEWS[route.page];
  return (
    <main id="content" hidden={isHidden} tabIndex={-1}>
      {error ? (
        <p class="notice bad" role="alert">
          {texts.crashed}
        </p>
      ) : (
        <View route={route} />
      )}
    </main>
  );
}

/** The address behind # says which page it is. So no link can point to a place within the page. */
function skip(): void {
  document.getElementById("content")?.focus();
}
