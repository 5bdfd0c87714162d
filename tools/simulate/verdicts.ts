import type { Effect } from "../tencent/effect.ts";
import type { Happening, Question } from "./happening.ts";

/** The answer about one item of a request or a response. */
export type Verdict = {
  type: Question["type"];
  applicantId: string;
  responderId: string;
  /** 0: it passes. Undefined if the answer is late, failed or missing. Then it passes, too. */
  code: number | undefined;
  isSpam: boolean;
};

/** A verdict for each item of a question, in its order. */
export function verdictsOf(
  question: Question,
  happening: Pick<Happening, "isSpam">,
  { outcome, items }: Effect,
): Verdict[] {
  const { type, applicantId } = question;
  const responderIds = type === "request" ? question.responderIds : [question.responderId];
  return responderIds.map((responderId, at) => ({
    type,
    applicantId,
    responderId,
    code: outcome === "decided" ? (items[at]?.code ?? 0) : undefined,
    isSpam: happening.isSpam ?? false,
  }));
}

/** Whether Tencent goes on with everything that was asked. */
export function passes(verdicts: readonly Verdict[]): boolean {
  return verdicts.every(({ code = 0 }) => code === 0);
}
