import * as z from "zod/mini";
import { readAccount } from "./commands.ts";
import type { Verdict } from "./reply.ts";

/** With another ErrorCode Tencent reads no items. */
const replyWithItems = z.object({
  ErrorCode: z.literal(0),
  /** A backend that answers OK to every callback sends no items, and refuses nothing. */
  ResultItem: z.optional(
    z.array(
      z.object({
        To_Account: z.optional(z.unknown()),
        ResultCode: z.number().check(z.refine(Number.isSafeInteger)),
      }),
    ),
  ),
});

/**
 * What the backend's answer to a friend response refuses, by account. Any code except 0 was meant to
 * refuse.
 *
 * @returns undefined if the value is no such answer
 */
export function refusalsIn(answer: unknown): ReadonlyMap<string, Verdict> | undefined {
  const { success, data } = replyWithItems.safeParse(answer);
  if (!success) return undefined;
  const refused = (data.ResultItem ?? []).filter(({ ResultCode }) => ResultCode !== 0);
  return new Map(
    refused.map(({ To_Account, ResultCode: code }) => [
      readAccount(To_Account),
      { code, info: "" },
    ]),
  );
}
