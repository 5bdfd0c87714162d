import * as z from "zod/mini";

/**
 * What the reads answer. The Worker takes the types only, so the descriptions weigh nothing in it;
 * the OpenAPI document is made of the schemas, and the tests hold every answer to them.
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
export type DeletedFriend = z.output<typeof deletedFriend>;

const cursor = z.nullable(
  z.string().check(about("Where the next page begins; null on the last page")),
);

export const friendsPage = z.object({
  friends: z.array(friend),
  deleted: z
    .array(deletedFriend)
    .check(about("Only with `since`: who is no friend any more, and may never have been one")),
  cursor,
  since: z.string().check(about("What to ask with later, when the last page has been read")),
});
export type FriendsPage = z.output<typeof friendsPage>;

export const friendship = z.object({
  userId: z.string(),
  friendId: z.string(),
  direction: z
    .enum(["mutual", "outgoing", "incoming", "none"])
    .check(about("outgoing: only the user has the friend in the list; incoming: only the friend")),
  addedAt: z.nullable(ms("Since when the friend is in the user's list")),
  addedBackAt: z.nullable(ms("Since when the user is in the friend's list")),
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

export const recordedResponse = z.object({
  id: id("The same for every delivery of the same record"),
  at: ms("When friendgate answered"),
  eventTime: z.nullable(ms("EventTime of the callback")),
  responderId: id("Who answered the friend request"),
  applicantId: id("Who had sent it"),
  requesterId: z.nullable(id("Who sent the answer")),
  action: z.enum(["Agree", "AgreeAndAdd", "Reject"]),
  code: z.int().check(about("0: let through; 38000 to 39000: refused")),
  ruleKind: z.nullable(z.string().check(about("The kind of the rule that decided"))),
  ruleKey: z.nullable(z.string().check(about("The key of the rule that decided"))),
  observedKey: z.nullable(
    z.string().check(about("The key of the rule that would have refused if it did not observe")),
  ),
  clientIp: z.nullable(z.string()),
  platform: z.nullable(z.string()),
  requestId: z.nullable(z.string()),
});
export type RecordedResponse = z.output<typeof recordedResponse>;

export const responsesPage = z.object({
  responses: z.array(recordedResponse).check(about("The oldest first")),
  after: z.nullable(z.string().check(about("What to ask with for what comes after these"))),
});
export type ResponsesPage = z.output<typeof responsesPage>;

const period = z.object({
  answered: count("Recorded friend responses"),
  refused: count("Refused ones among them"),
  observed: count("Let through, but would have been refused by a rule that only observes"),
  refusedByKind: z
    .record(z.string(), z.int())
    .check(about("By the kind of the rule; `none`: the blocklist could not be read")),
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

export const stats = z.object({
  lastHour: period,
  lastDay: period,
  truncated: z.boolean().check(about("More was recorded in the day than is counted")),
  deadLetters: count("Messages that could not be applied and wait for an operator"),
  databaseBytes: count("The size of the database"),
  backend: z
    .object({ lastHour: passed, lastDay: passed })
    .check(about("Callbacks for the app's own backend, in steps of five minutes")),
});
export type Stats = z.output<typeof stats>;

export const redriven = z.object({
  redriven: z
    .array(z.string())
    .check(
      about(
        "The ids of those that are on their queue once more; the others are no callbacks, or settled",
      ),
    ),
});
export type Redriven = z.output<typeof redriven>;

export const erasure = z.object({
  friendships: count("How many friendships were erased at once"),
});
export type Erasure = z.output<typeof erasure>;
