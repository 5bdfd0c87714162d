import { describe, it } from "vitest";
import { driftOf, type FriendList } from "../../../src/db/pairs/drift.ts";
import { toOrderKey } from "../../../src/events/order-key.ts";

const READ_AT = 1_000_000;
const KEY = toOrderKey(READ_AT);

const listOf = (userId: string, ...friends: string[]): FriendList => ({
  userId,
  readAt: READ_AT,
  friends: friends.map((friendId) => ({ friendId })),
});
const friend = (friend_id: string, order_key: number, list = 0) => ({
  ...{ list, friend_id, order_key },
  deleted_at: null,
});
const tombstone = (friend_id: string, order_key: number, list = 0) => ({
  ...{ list, friend_id, order_key },
  deleted_at: 1,
});

describe("a list and the table", () => {
  const older = KEY - 1;
  const newer = KEY + 1;
  it.for([
    ["a friend in both", "listed", friend("f", older), "unchanged"],
    ["a friend in both, of the same time", "listed", friend("f", KEY), "unchanged"],
    ["a friend in both, newer than the list", "listed", friend("f", newer), "unchanged"],
    ["a friend without a row", "listed", undefined, "missing"],
    ["a friend that was deleted before", "listed", tombstone("f", older), "missing"],
    ["a friend that was deleted at the same time", "listed", tombstone("f", KEY), "nothing"],
    ["a friend that was deleted since", "listed", tombstone("f", newer), "nothing"],
    ["nobody", "absent", undefined, "nothing"],
    ["a friend from before, in the table alone", "absent", friend("f", older), "extra"],
    ["a friend of the same time, in the table alone", "absent", friend("f", KEY), "nothing"],
    ["a friend that was added since", "absent", friend("f", newer), "nothing"],
    ["a deletion that both know", "absent", tombstone("f", older), "nothing"],
    ["a deletion of the same time", "absent", tombstone("f", KEY), "nothing"],
    ["a deletion since", "absent", tombstone("f", newer), "nothing"],
  ] as const)("%s", ([, listed, row, expected], { expect }) => {
    const list = listOf("alice", ...(listed === "listed" ? ["f"] : []));
    const { friends, unchanged, missing, extra } = driftOf([list], row ? [row] : []);
    const pair = { userId: "alice", friendId: "f", readAt: READ_AT };
    expect({ friends, unchanged, missing, extra }).toEqual({
      friends: list.friends.length,
      unchanged: expected === "unchanged" ? 1 : 0,
      missing: expected === "missing" ? [pair] : [],
      extra: expected === "extra" ? [pair] : [],
    });
  });

  it("are compared user by user, each with the time of the own list", ({ expect }) => {
    const lists = [listOf("alice", "f", "g"), { ...listOf("bob", "f"), readAt: READ_AT + 1 }];
    const drift = driftOf(lists, [friend("g", older), friend("h", KEY, 1), tombstone("f", KEY, 1)]);
    expect(drift).toEqual({
      friends: 3,
      unchanged: 1,
      missing: [
        { userId: "alice", friendId: "f", readAt: READ_AT },
        { userId: "bob", friendId: "f", readAt: READ_AT + 1 },
      ],
      extra: [{ userId: "bob", friendId: "h", readAt: READ_AT + 1 }],
    });
  });

  it("count a friend who is in the list twice once", ({ expect }) => {
    const drift = driftOf([listOf("alice", "f", "f", "g", "g")], [friend("f", older)]);
    expect(drift).toMatchObject({ friends: 2, unchanged: 1, extra: [] });
    expect(drift.missing.map(({ friendId }) => friendId)).toEqual(["g"]);
  });

  it("differ by what the list says of a friend", ({ expect }) => {
    const friends = [{ friendId: "f", addedAt: 5, source: "AddSource_Type_Web" }];
    const { missing } = driftOf([{ userId: "alice", readAt: READ_AT, friends }], []);
    expect(missing).toEqual([{ ...friends[0], userId: "alice", readAt: READ_AT }]);
  });
});
