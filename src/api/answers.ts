import * as z from "zod/mini";
import { reconciliation } from "./bodies.ts";

/**
 * The answers of the reads. The Worker takes the types only, so the descriptions add nothing to its size.
 * The OpenAPI document is made of the schemas. The tests check every answer against them.
 */
const about = (description: string) => z.describe(description);
const id = (description: string) => z.string().check(about(description));
const ms = (description: string) => z.int().check(about(`${description}, ms since the epoch`));
const count = (description: string) => z.int().check(z.nonnegative(), about(description));

export const friend = z.object({
  friendId: id("Who is in the user's friend list"),
  addedAt: ms("When the pair was last added"),
  initiatorId: z.nullable(id("Who sent the friend request, where that is known")),
  source: z.nullable(z.string().check(about("The command: friend_add, friend_response, …"))),
  adminId: z.nullable(id("The admin who added the pair")),
  forced: z.boolean().check(about("Added without asking the other one")),
});
export type Friend = z.output<typeof friend>;

export const deletedFriend = z.object({
  friendId: id("Who was in the user's friend list"),
  deletedAt: ms("When the pair was deleted"),
});

const cursor = z.nullable(
  z.string().check(about("Where the next page begins; null on the last page")),
);

const since = z.string().check(about("What to ask with later, when the last page has been read"));

export const friendsPage = z.object({
  friends: z.array(friend),
  deleted: z
    .array(deletedFriend)
    .check(about("Only with `since`: who is no friend any more, and may never have been one")),
  cursor,
  since,
});
export type FriendsPage = z.output<typeof friendsPage>;

export const blockedUser = z.object({
  blockedId: id("Who is in the user's blacklist"),
  addedAt: ms("When the pair was last added"),
});

export const unblockedUser = z.object({
  blockedId: id("Who was in the user's blacklist"),
  deletedAt: ms("When the pair was deleted"),
});

export const blacklistPage = z.object({
  blacklist: z.array(blockedUser),
  deleted: z
    .array(unblockedUser)
    .check(about("Only with `since`: who is blocked no more, and may never have been")),
  cursor,
  since,
});
export type BlacklistPage = z.output<typeof blacklistPage>;

export const friendship = z.object({
  userId: z.string(),
  friendId: z.string(),
  direction: z
    .enum(["mutual", "outgoing", "incoming", "none"])
    .check(about("outgoing: only the user has the friend in the list; incoming: only the friend")),
  addedAt: z.nullable(ms("Since when the friend is in the user's list")),
  addedBackAt: z.nullable(ms("Since when the user is in the friend's list")),
  blockedAt: z.nullable(ms("Since when the friend is in the user's blacklist")),
  blockedBackAt: z.nullable(ms("Since when the user is in the friend's blacklist")),
});
export type Friendship = z.output<typeof friendship>;

export const recommendations = z.object({
  recommendations: z.array(
    z.object({
      userId: id("A friend of friends"),
      mutualFriends: count("How many of the user's friends have this one as a friend"),
    }),
  ),
  truncated: z
    .boolean()
    .check(about("A bound was reached: there may be more, and counts may be too low")),
});
export type Recommendations = z.output<typeof recommendations>;

const recorded = {
  id: id("The same for every delivery of the same record"),
  at: ms("When friendgate answered"),
  eventTime: z.nullable(ms("EventTime of the callback")),
  code: z.int().check(about("0: let through; 38000 to 39000: refused")),
  ruleKind: z.nullable(z.string().check(about("The kind of the rule that decided"))),
  ruleKey: z.nullable(z.string().check(about("The key of the rule that decided"))),
  observedKey: z.nullable(
    z.string().check(about("The key of the rule that would have refused if it did not observe")),
  ),
  clientIp: z.nullable(z.string()),
  platform: z.nullable(z.string()),
  requestId: z.nullable(z.string()),
};

export const recordedResponse = z.object({
  ...recorded,
  responderId: id("Who answered the friend request"),
  applicantId: id("Who had sent it"),
  requesterId: z.nullable(id("Who sent the answer")),
  action: z.enum(["Agree", "AgreeAndAdd", "Reject"]),
});
export type RecordedResponse = z.output<typeof recordedResponse>;

export const responsesPage = z.object({
  responses: z.array(recordedResponse).check(about("The oldest first")),
  after: z.nullable(z.string().check(about("What to ask with for what comes after these"))),
});
export type ResponsesPage = z.output<typeof responsesPage>;

export const recordedRequest = z.object({
  ...recorded,
  responderId: id("Who was asked to be a friend"),
  applicantId: id("Who asked"),
  requesterId: z.nullable(id("Who sent the request")),
});
export type RecordedRequest = z.output<typeof recordedRequest>;

export const requestsPage = z.object({
  requests: z.array(recordedRequest).check(about("The oldest first")),
  after: z.nullable(z.string().check(about("What to ask with for what comes after these"))),
});
export type RequestsPage = z.output<typeof requestsPage>;

const period = z.object({
  answered: count("Recorded ones that were answered"),
  refused: count("Refused ones among them"),
  observed: count("Let through, but would have been refused by a rule that only observes"),
  refusedByKind: z
    .record(z.string(), z.int())
    .check(
      about(
        "By the kind of the rule; `rate`: over REQUEST_RATE; `none`: the blocklist could not be read",
      ),
    ),
});

const passed = z
  .record(
    z.string(),
    z.object({
      passedOn: count("Answered by the backend"),
      late: count("Not answered in time"),
      failed: count("Not answered, with a 5xx, or after an action without a 2xx"),
      kept: count("Kept, to be delivered later"),
      deliveredLater: count("Delivered later"),
    }),
  )
  .check(about("By the family of the command: C2C, Group, State …"));

const pairList = z.array(z.object({ userId: z.string(), friendId: z.string() }));

export const reconciled = z.object({
  users: count("Whose lists these are"),
  friends: count("Friends in the lists"),
  missing: count("Friends in the lists that the table did not have"),
  extra: count("Friends in the table that the lists have not"),
  repaired: count("Rows that were written for it"),
  unchanged: count("Friends in the lists that the table had"),
  pairs: z
    .optional(z.object({ missing: pairList, extra: pairList }))
    .check(about("Only with `report=pairs`")),
});
export type Reconciled = z.output<typeof reconciled>;

export const usersPage = z.object({
  users: z.array(id("Who has, or had, somebody in the friend list")),
  cursor,
});
export type UsersPage = z.output<typeof usersPage>;

export const stats = z.object({
  lastHour: period.check(about("Friend responses")),
  lastDay: period,
  requests: z.object({ lastHour: period, lastDay: period }).check(about("Friend requests")),
  truncated: z.boolean().check(about("More was recorded in the day than is counted")),
  deadLetters: count("Messages that could not be applied and wait for an operator"),
  databaseBytes: count("The size of the database that has the record"),
  backend: z
    .object({ lastHour: passed, lastDay: passed })
    .check(about("Callbacks for the app's own backend, in steps of five minutes")),
  reconciliation: z
    .nullable(reconciliation)
    .check(about("What the last comparison with Tencent's own lists found")),
});
export type Stats = z.output<typeof stats>;

export const shards = z.object({
  slots: count("Into how many slots users are spread"),
  shards: z.string().check(about("Which database has which slots, as SHARDS says it")),
  records: z.string().check(about("The binding of the database that has the record")),
  databases: z.array(
    z.object({
      name: z.string().check(about("The binding")),
      slots: count("How many slots it has"),
      bytes: z
        .nullable(count("Its size; a database of D1 can have 10 GB"))
        .check(about("null where it does not answer")),
    }),
  ),
});
export type Shards = z.output<typeof shards>;

export const movedSlice = z.object({
  after: z.nullable(z.string()).check(about("Where the next slice begins; null behind the last")),
  rows: count("Rows of the slice that belong elsewhere"),
  behind: count("Those of them that are not there, or older there"),
  removed: count("Those that were removed here, for they are there"),
});
export type MovedSlice = z.output<typeof movedSlice>;

export const erasure = z.object({
  friendships: count("How many friendships were erased at once"),
});
export type Erasure = z.output<typeof erasure>;
