import { afterEach, describe, it } from "vitest";
import { readFriendList } from "../../tools/reconcile/friend-list.ts";
import { createPace } from "../../tools/reconcile/pace.ts";
import { createRest, type Rest } from "../../tools/reconcile/rest.ts";
import { createSigner } from "../../tools/reconcile/signer.ts";
import type { RestFate } from "../../tools/tencent/rest-server.ts";
import { ADDED_AT, APP_ID, KEY, playTencent, type Truth } from "../support/reconcile.ts";

const NOW = 1_800_000_000_000;
const many = (count: number) => Array.from({ length: count }, (_, n) => `friend-${n}`);

let played: Awaited<ReturnType<typeof playTencent>> | undefined;
afterEach(async () => {
  await played?.stop();
  played = undefined;
});

/** Reads alice's list from a Tencent with this truth, whose first pages have these fates. */
async function read(truth: Truth, fates: RestFate[] = [], pageSize = 500) {
  const left = [...fates];
  const fate = () => left.shift() ?? ({ fault: "none" } as const);
  played = await playTencent(truth, { fate, app: { pageSize } });
  const rest = createRest({
    ...{ tencent: played.url, appId: APP_ID, identifier: "administrator" },
    signer: createSigner({ identifier: "administrator", appId: APP_ID, key: KEY }),
    pace: createPace(1_000_000),
    signal: new AbortController().signal,
  });
  // A clock that goes on with each page.
  return readFriendList(rest, "alice", () => NOW + (played?.calls.length ?? 0));
}

/** Reads from a Tencent that says these pages. */
function readPages(pages: object[]) {
  const asked: object[] = [];
  const rest: Rest = {
    async call(_, body) {
      asked.push(body);
      return { outcome: "answered", answer: { ErrorCode: 0, ...pages[asked.length - 1] } };
    },
  };
  return { asked, list: readFriendList(rest, "alice", () => NOW) };
}

const whole = { StandardSequence: 7, CompleteFlag: 1, NextStartIndex: 0 };
const item = (friendId: string, tags: object[] = []) => ({
  To_Account: friendId,
  ValueItem: tags,
});
const addTime = (Value: unknown) => ({ Tag: "Tag_SNS_IM_AddTime", Value });

describe("a friend list", () => {
  it.for([
    [0, 500],
    [1, 500],
    [500, 500],
    [501, 500],
    [1_234, 100],
  ] as const)("of %i is read whole, with pages of %i", async ([count, pageSize], { expect }) => {
    const got = await read({ alice: many(count) }, [], pageSize);
    expect(got).toEqual({
      outcome: "read",
      list: {
        userId: "alice",
        readAt: NOW,
        friends: many(count).map((friendId) => ({ friendId, addedAt: ADDED_AT })),
      },
    });
    expect(played?.calls).toHaveLength(Math.max(1, Math.ceil(count / pageSize)));
  });

  it("is asked for with the sequence 0, page for page", async ({ expect }) => {
    const { asked, list } = readPages([
      { ...whole, CompleteFlag: 0, NextStartIndex: 1, FriendNum: 2, UserDataItem: [item("bob")] },
      { ...whole, FriendNum: 2, UserDataItem: [item("carol")] },
    ]);
    await list;
    expect(asked).toEqual([
      { From_Account: "alice", StartIndex: 0, StandardSequence: 0 },
      { From_Account: "alice", StartIndex: 1, StandardSequence: 0 },
    ]);
  });

  it("that changes between its pages is read again, as of then", async ({ expect }) => {
    const fates: RestFate[] = [{ fault: "none" }, { fault: "none", changes: true }];
    const got = await read({ alice: many(3) }, fates, 2);
    expect(got).toMatchObject({ outcome: "read", list: { readAt: NOW + 2 } });
    expect(played?.calls).toHaveLength(4);
  });

  it("that always changes is not read", async ({ expect }) => {
    const fates = Array(20).fill({ fault: "none", changes: true });
    expect(await read({ alice: many(3) }, fates, 2)).toEqual({
      outcome: "failed",
      because: "the list changed each of the 4 times that it was read",
    });
  });

  it.for<[string, object]>([
    ["friends that were left out", { ...whole, FriendNum: 2 }],
    ["some that were left out", { ...whole, FriendNum: 2, UserDataItem: [item("bob")] }],
    ["one twice", { ...whole, FriendNum: 2, UserDataItem: [item("bob"), item("bob")] }],
    ["no number, and the sequence that was sent", { ...whole, StandardSequence: 0 }],
  ])("with %s is never an empty or a shorter one", async ([_, page], { expect }) => {
    expect(await readPages([page]).list).toEqual({
      outcome: "failed",
      because: "Tencent gave fewer friends than it counts: the list is not whole",
    });
  });

  it("without friends is an empty one, where Tencent counts none", async ({ expect }) => {
    const empty = { outcome: "read", list: { friends: [] } };
    const zero = { ...whole, StandardSequence: 0, FriendNum: 0 };
    expect(await readPages([zero]).list).toMatchObject(empty);
    expect(await readPages([{ ...zero, UserDataItem: [] }]).list).toMatchObject(empty);
    expect(await readPages([{ ...whole }]).list).toMatchObject(empty);
  });

  it.for<[string, unknown, number | undefined]>([
    ["seconds", 1_700_000_000, 1_700_000_000_000],
    ["seconds as text", "1700000000", 1_700_000_000_000],
    ["0", 0, undefined],
    ["some second of 1970", 1_700_000, undefined],
    ["no number", "never", undefined],
    ["a list", [1, 2], undefined],
    ["a time that is yet to come", NOW / 1000 + 5, NOW],
  ])("has an AddTime of %s", async ([_, value, addedAt], { expect }) => {
    const tags = [{ Tag: "Tag_SNS_IM_Group", Value: ["x"] }, addTime(value)];
    const page = { ...whole, FriendNum: 1, UserDataItem: [item("bob", tags)] };
    expect(await readPages([page]).list).toMatchObject({
      list: {
        friends: [addedAt === undefined ? { friendId: "bob" } : { friendId: "bob", addedAt }],
      },
    });
  });

  it.for<[string, object[], RegExp]>([
    [
      "more than 10,000 friends",
      [{ ...whole, FriendNum: 10_001, CompleteFlag: 0 }],
      /10000 friends/,
    ],
    [
      "a page that leads nowhere",
      [{ ...whole, FriendNum: 2, CompleteFlag: 0, UserDataItem: [item("bob")] }],
      /where the next one is/,
    ],
    ["an answer that is none", [{}], /cannot be read/],
    [
      "a friend without an id",
      [{ ...whole, UserDataItem: [{ To_Account: "" }] }],
      /cannot be read/,
    ],
  ])("with %s is not read", async ([_, pages, because], { expect }) => {
    expect(await readPages(pages).list).toEqual({
      outcome: "failed",
      because: expect.stringMatching(because),
    });
  });

  it("of somebody whom Tencent does not know is skipped, not empty", async ({ expect }) => {
    expect(await read({ bob: ["alice"] })).toMatchObject({ outcome: "skipped" });
  });
});
