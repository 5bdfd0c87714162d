import type { Sentence } from "./sentences.ts";

/** At the end of a longer sentence, a slow reader has forgotten its beginning. */
const SENTENCE_MAX_WORDS = 35;
/** One passive tells what is done. With three, the reader no longer knows who does it. */
const SENTENCE_MAX_PASSIVES = 2;

/** What makes a sentence hard to read. Undefined if nothing does. */
export function hardToRead({ words, passives }: Pick<Sentence, "words" | "passives">) {
  if (words > SENTENCE_MAX_WORDS) return `${words} words, of at most ${SENTENCE_MAX_WORDS}`;
  if (passives > SENTENCE_MAX_PASSIVES)
    return `${passives} passives, of at most ${SENTENCE_MAX_PASSIVES}`;
  return undefined;
}
