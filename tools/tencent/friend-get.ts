/** Who is in a user's list, and since when, in Unix seconds. */
export type PlayedList = {
  friends: ReadonlyMap<string, number>;
  /** A number that is different after each change. */
  sequence: number;
};

/** All users, with their lists. */
export type Lists = { of(userId: string): PlayedList | undefined; change(userId: string): void };

export type FriendGetFaults = {
  /** The list changes before this page is put together. */
  changes?: boolean;
};

const ACCOUNT_UNKNOWN = 30_003;
const PARAMETER_WRONG = 30_001;

/**
 * A page of a friend list, as `sns/friend_get` gives it. If the caller sent the sequence of the list,
 * the friends are left out: the caller has them already.
 *
 * @returns the fields of the answer, or the code of what is wrong
 */
export function friendGet(
  { From_Account: userId, StartIndex: start, StandardSequence: sent = 0 }: Record<string, unknown>,
  { lists, pageSize }: { lists: Lists; pageSize: number },
  { changes = false }: FriendGetFaults,
): Record<string, unknown> | number {
  if (typeof userId !== "string" || !Number.isSafeInteger(start) || Number(start) < 0) {
    return PARAMETER_WRONG;
  }
  if (changes) lists.change(userId);
  const list = lists.of(userId);
  if (list === undefined) return ACCOUNT_UNKNOWN;
  const { friends, sequence } = list;
  const end = Number(start) + pageSize;
  const page = [...friends].slice(Number(start), end);
  return {
    // The answer has no field for an empty list.
    ...(sent !== sequence && page.length > 0 && { UserDataItem: page.map(itemOf) }),
    StandardSequence: sequence,
    CustomSequence: 0,
    FriendNum: friends.size,
    CompleteFlag: end >= friends.size ? 1 : 0,
    NextStartIndex: end >= friends.size ? 0 : end,
  };
}

function itemOf([friendId, addedAtSeconds]: [string, number]) {
  return {
    To_Account: friendId,
    ValueItem: [
      { Tag: "Tag_SNS_IM_AddSource", Value: "AddSource_Type_Web" },
      { Tag: "Tag_SNS_IM_Remark", Value: `${friendId}'s remark` },
      { Tag: "Tag_SNS_IM_Group", Value: ["Friends"] },
      // A tag that is not set is left out.
      ...(addedAtSeconds > 0 ? [{ Tag: "Tag_SNS_IM_AddTime", Value: addedAtSeconds }] : []),
    ],
  };
}
