import type { Session } from "./answers.ts";
import { hrefOf, PAGES, useRoute } from "./route.ts";
import type { Texts } from "./texts/en.ts";
import { LANGUAGES, type Language } from "./texts/language.ts";

type Props = {
  texts: Texts;
  language: Language;
  onLanguage: (language: Language) => void;
  session: Session | undefined;
  onSignOut: () => void;
};

export function Header({ texts, language, onLanguage, session, onSignOut }: Props) {
  const { page } = useRoute();
  return (
    <header>
      <span class="brand">friendgate</span>
      {session !== undefined && (
        <nav aria-label={texts.navigation}>
          {PAGES.map((each) => (
            <a key={each} href={hrefOf(each)} {...(each === page && { "aria-current": "page" })}>
              {texts.pages[each]}
            </a>
          ))}
        </nav>
      )}
      <div class="account">
        {session !== undefined && (
          <span class="who">
            <span class="badge">{texts.roles[session.role]}</span>
            {session.who !== session.role && <bdi>{session.who}</bdi>}
          </span>
        )}
        <select
          aria-label={texts.language}
          value={language}
          onChange={({ currentTarget }) => onLanguage(currentTarget.value as Language)}
        >
          {Object.entries(LANGUAGES).map(([code, name]) => (
            <option key={code} value={code} lang={code}>
              {name}
            </option>
          ))}
        </select>
        {session !== undefined && (
          <button type="button" class="plain" onClick={onSignOut}>
            {texts.signOut}
          </button>
        )}
      </div>
    </header>
  );
}
