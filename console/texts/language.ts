import { en, type Texts } from "./en.ts";
import { zh } from "./zh.ts";

export const LANGUAGES = { en: "English", "zh-CN": "简体中文" } as const;
export type Language = keyof typeof LANGUAGES;

const CATALOGS: Record<Language, Texts> = { en, "zh-CN": zh };
const STORED = "friendgate-language";

export function textsOf(language: Language): Texts {
  return CATALOGS[language];
}

/** The language that the reader chose, or else the browser's. */
export function firstLanguage(): Language {
  const chosen = stored();
  if (chosen !== null && chosen in CATALOGS) return chosen as Language;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}

export function rememberLanguage(language: Language): void {
  try {
    localStorage.setItem(STORED, language);
  } catch {
    // If a browser keeps nothing, the next visit starts without the choice.
  }
}

function stored(): string | null {
  try {
    return localStorage.getItem(STORED);
  } catch {
    return null;
  }
}
