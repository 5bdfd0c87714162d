/** The codes that refuse an item, or say that a before-callback failed. */
export const REFUSAL_CODE_MIN = 38_000;
export const REFUSAL_CODE_MAX = 39_000;
/** The code of the official sample: refused. */
export const REFUSED_CODE = 38_000;
/** Refused because the blocklist could not be read. */
export const BLOCKLIST_UNREADABLE_CODE = 38_001;

export type ResultItem = { To_Account: string; ResultCode: number; ResultInfo: string };

/** What Tencent reads. Nothing else is ever sent as the answer to a callback. */
export type Reply = {
  ActionStatus: "OK" | "FAIL";
  ErrorCode: number;
  ErrorInfo: string;
  ResultItem?: ResultItem[];
};

/** A verdict on one item: 0 lets it pass, 38000 to 39000 refuses it. */
export type Verdict = { code: number; info: string };

/** Done, or nothing to do. */
export function replyOk(): Reply {
  return { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };
}

/**
 * The answer to a friend response: one ResultItem for each item of the request, in its order,
 * duplicates included, with the account as it came. The documents do not say what a missing item means. A
 * failure of the whole would let every item pass. So this function can express neither.
 *
 * https://www.tencentcloud.com/document/product/1047/43467
 */
export function replyToItems<Item extends { To_Account: string }>(
  items: readonly Item[],
  verdictOn: (item: Item, place: number) => Verdict,
): Reply {
  return {
    ...replyOk(),
    ResultItem: items.map((item, place) => {
      const { code, info } = verdictOn(item, place);
      return {
        To_Account: item.To_Account,
        ResultCode: code === 0 ? 0 : refusalCode(code),
        ResultInfo: info,
      };
    }),
  };
}

/** A code outside of the range would refuse nothing, so it becomes the sample's code. */
function refusalCode(code: number): number {
  return Number.isInteger(code) && code >= REFUSAL_CODE_MIN && code <= REFUSAL_CODE_MAX
    ? code
    : REFUSED_CODE;
}
