import * as z from "zod";
import { isBefore } from "../../src/tencent/commands.ts";
import { REFUSAL_CODE_MAX, REFUSAL_CODE_MIN } from "../../src/tencent/reply.ts";
import { isWhole, wholeEffect } from "./whole-refusal.ts";

/** Tencent waits this long. No console can change it. */
export const REPLY_TIMEOUT_MS = 2_000;

/** What came back for a callback. */
export type Received =
  | { ok: true; status: number; text: string; elapsedMs: number }
  /** Nothing came back: the connection failed, or was given up. */
  | { ok: false; error: string; elapsedMs: number };

export type ItemEffect = {
  account: string;
  blocked: boolean;
  because: string;
  /** The ResultCode that decided. Undefined if there was none. */
  code?: number;
};

export type Effect = {
  /**
   * - `failed`: counts as an outage, and a before-action passes
   * - `passes`: the reply itself says that it failed, and a before-action passes
   * - `decided`: a before-action goes on item by item, or as a whole if there are no items
   * - `noted`: an after-callback was answered, and nothing depends on the answer
   */
  outcome: "failed" | "passes" | "decided" | "noted";
  /** The reply says OK, in a shape that the protocol knows. */
  ok: boolean;
  /** The action does not happen, as a whole or for some item of it. */
  blocked: boolean;
  /** In words, for the callback as a whole. */
  says: string;
  items: ItemEffect[];
  /** What the protocol does not allow in the reply. Empty if it allows everything. */
  problems: string[];
};

const replySchema = z.object({
  ActionStatus: z.enum(["OK", "FAIL"], "ActionStatus is neither OK nor FAIL"),
  ErrorCode: z.int("ErrorCode is not a whole number"),
  ErrorInfo: z.string("ErrorInfo is not a text"),
  ResultItem: z.array(z.unknown(), "ResultItem is not a list").optional(),
});
const itemSchema = z.object({
  To_Account: z.string("To_Account is not a text"),
  ResultCode: z.int("ResultCode is not a whole number"),
  ResultInfo: z.string("ResultInfo is not a text"),
});
type Item = z.output<typeof itemSchema>;

/**
 * What Tencent does with a reply, by the official pages. Where they say nothing, the result says so.
 *
 * https://cloud.tencent.com/document/product/269/1522
 * https://www.tencentcloud.com/document/product/1047/43467
 *
 * @param asked the accounts that a before-callback asked about, in its order
 */
export function effectOf(
  command: string | undefined,
  asked: readonly string[],
  received: Received,
): Effect {
  const before = isBefore(command);
  const failed = (problem: string): Effect => ({
    outcome: "failed",
    ok: false,
    blocked: false,
    says: before
      ? isWhole(command)
        ? "the callback counts as failed, and the console's policy for that decides"
        : "the callback counts as failed, and the action passes"
      : "the callback counts as failed, and is not sent again unless the console says so",
    items: before ? asked.map((account) => passes(account, "the callback failed")) : [],
    problems: [problem],
  });

  if (!received.ok) return failed(`no reply: ${received.error}`);
  if (received.elapsedMs > REPLY_TIMEOUT_MS) {
    return failed(`took ${Math.round(received.elapsedMs)} ms, over ${REPLY_TIMEOUT_MS} ms`);
  }
  if (received.status !== 200) return failed(`HTTP status ${received.status} is not 200`);
  const json = parseJson(received.text);
  if (json === undefined) return failed("the body is not JSON");
  if (typeof json !== "object" || json === null) return failed("the body is not an object");

  const parsed = replySchema.safeParse(json);
  if (!parsed.success) {
    return {
      outcome: before ? "passes" : "noted",
      ok: false,
      blocked: false,
      says: "undocumented: no page says what happens to a reply of another shape",
      items: asked.map((account) => passes(account, "the reply cannot be read")),
      problems: parsed.error.issues.map(({ message }) => message),
    };
  }
  if (!before) return afterEffect(command, parsed.data);
  return isWhole(command)
    ? wholeBeforeEffect(command ?? "", parsed.data)
    : beforeEffect(asked, parsed.data);
}

function afterEffect(
  command: string | undefined,
  { ActionStatus, ErrorCode }: z.output<typeof replySchema>,
): Effect {
  return {
    outcome: "noted",
    ok: ActionStatus === "OK" && ErrorCode === 0,
    blocked: false,
    says:
      command === undefined
        ? "the console's URL check is not documented; it is reported to want OK"
        : "nothing: it has happened already, and the code is not looked at",
    items: [],
    problems: ErrorCode === 0 || ErrorCode === 1 ? [] : [`ErrorCode ${ErrorCode} is not 0 or 1`],
  };
}

function wholeBeforeEffect(
  command: string,
  { ActionStatus, ErrorCode }: z.output<typeof replySchema>,
): Effect {
  if (ActionStatus === "FAIL") {
    const says = "the reply says that it failed, and the console's policy for that decides";
    return { outcome: "passes", ok: false, blocked: false, says, items: [], problems: [] };
  }
  const { problem, ...effect } = wholeEffect(command, ErrorCode);
  const problems = problem === undefined ? [] : [problem];
  return { outcome: "decided", ok: problems.length === 0, ...effect, items: [], problems };
}

function beforeEffect(asked: readonly string[], reply: z.output<typeof replySchema>): Effect {
  const { ActionStatus, ErrorCode, ResultItem = [] } = reply;
  if (ActionStatus === "FAIL" || ErrorCode !== 0) {
    return {
      outcome: "passes",
      ok: false,
      blocked: false,
      says: "the reply says that it failed, and the action passes",
      items: asked.map((account) => passes(account, "the callback failed")),
      problems:
        ErrorCode === 0 || isRefusal(ErrorCode)
          ? []
          : [`ErrorCode ${ErrorCode} is not in ${REFUSAL_CODE_MIN}..${REFUSAL_CODE_MAX}`],
    };
  }
  const { given, problems } = readItems(ResultItem);
  const items = asked.map((account) => {
    const at = given.findIndex(({ To_Account }) => To_Account === account);
    const [item] = at === -1 ? [] : given.splice(at, 1);
    if (item === undefined) {
      problems.push(`no ResultItem for "${account}"`);
      return passes(account, "undocumented: no page says what a missing item means");
    }
    return itemEffect(item, problems);
  });
  for (const { To_Account } of given) problems.push(`"${To_Account}" was not asked about`);
  const blocked = items.filter((item) => item.blocked).length;
  const says =
    items.length === 0 ? "the action passes" : `${blocked} of ${items.length} items blocked`;
  return { outcome: "decided", ok: true, blocked: blocked > 0, says, items, problems };
}

function readItems(list: readonly unknown[]): { given: Item[]; problems: string[] } {
  const given: Item[] = [];
  const problems: string[] = [];
  for (const [index, value] of list.entries()) {
    const parsed = itemSchema.safeParse(value);
    if (parsed.success) given.push(parsed.data);
    else problems.push(`ResultItem ${index}: ${parsed.error.issues[0]?.message}`);
  }
  return { given, problems };
}

function itemEffect({ To_Account, ResultCode }: Item, problems: string[]): ItemEffect {
  if (isRefusal(ResultCode)) {
    const because = `ResultCode ${ResultCode}`;
    return { account: To_Account, blocked: true, because, code: ResultCode };
  }
  if (ResultCode !== 0) {
    const range = `${REFUSAL_CODE_MIN}..${REFUSAL_CODE_MAX}`;
    problems.push(`ResultCode ${ResultCode} is neither 0 nor in ${range}`);
    return passes(To_Account, `ResultCode ${ResultCode} is out of ${range} and blocks nothing`);
  }
  return passes(To_Account, "ResultCode 0");
}

function passes(account: string, because: string): ItemEffect {
  return { account, blocked: false, because };
}

function isRefusal(code: number): boolean {
  return code >= REFUSAL_CODE_MIN && code <= REFUSAL_CODE_MAX;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
