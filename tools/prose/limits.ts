import type { Sentence } from "./sentences.ts";

/** Who reads slowly has forgotten the beginning of a longer sentence at its end. */
const SENTENCE_MAX_WORDS = 35;
/** One tells what is done. With three, nobody knows any more who does it. */
const SENTENCE_MAX_PASSIVES = 2;

/** What makes a sentence hard to read; undefined: nothing. */
export function hardToRead({ words, passives }: Pick<Sentence, "words" | "passives">) {
  if (words > SENTENCE_MAX_WORDS) return `${words} words, of at most ${SENTENCE_MAX_WORDS}`;
  if (passives > SENTENCE_MAX_PASSIVES)
    return `${passives} passives, of at most ${SENTENCE_MAX_PASSIVES}`;
  return undefined;
}
