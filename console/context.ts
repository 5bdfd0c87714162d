import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Session } from "./answers.ts";
import type { Answer, Question } from "./ask.ts";
import type { Texts } from "./texts/en.ts";
import type { Language } from "./texts/language.ts";

/** What every part of the console may need. */
export type Console = {
  texts: Texts;
  language: Language;
  session: Session;
  isAdmin: boolean;
  /** Asks the Worker. If the session has ended, the reader is asked to sign in again. */
  ask: <T>(path: string, question?: Question) => Promise<Answer<T>>;
  /** Tells everybody what was done, also people who cannot see. */
  announce: (text: string) => void;
};

export const ConsoleContext = createContext<Console | undefined>(undefined);

export function useConsole(): Console {
  const value = useContext(ConsoleContext);
  if (value === undefined) throw new Error("outside of the console");
  return value;
}
