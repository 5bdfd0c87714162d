/** Only type-checked: what hono's typed client knows of the API, and what must not compile. */
import { hc } from "hono/client";
import type {
  BlacklistPage,
  Erasure,
  Friendship,
  FriendsPage,
  Recommendations,
  Reconciled,
  RequestsPage,
  ResponsesPage,
  Stats,
  UsersPage,
} from "../../src/api/answers.ts";
import type { Api } from "../../src/api/routes.ts";
import type { Problem } from "../../src/http/problem.ts";

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
const isSame = <A, B>(_: Same<A, B>) => {};
type Json<Call extends (...args: never[]) => Promise<{ json(): Promise<unknown> }>> = Awaited<
  ReturnType<Awaited<ReturnType<Call>>["json"]>
>;

const { v1 } = hc<Api>("https://friendgate.example");
const user = v1.users[":userId"];

isSame<Json<typeof user.friends.$get>, FriendsPage | Problem>(true);
isSame<Json<typeof user.blacklist.$get>, BlacklistPage | Problem>(true);
isSame<Json<(typeof user.friends)[":friendId"]["$get"]>, Friendship>(true);
isSame<Json<typeof user.recommendations.$get>, Recommendations>(true);
isSame<Json<typeof user.$delete>, Erasure>(true);
isSame<Json<(typeof v1)["friend-responses"]["$get"]>, ResponsesPage>(true);
isSame<Json<(typeof v1)["friend-requests"]["$get"]>, RequestsPage>(true);
isSame<Json<typeof v1.stats.$get>, Stats>(true);
isSame<Json<typeof v1.users.$get>, UsersPage>(true);
isSame<Json<(typeof v1)["friend-lists"]["$put"]>, Reconciled>(true);

user.recommendations[":candidateId"].dismiss.$post({ param: { userId: "a", candidateId: "b" } });

user["friend-list"].$put({
  param: { userId: "a" },
  query: { dryRun: "true" },
  json: { readAt: 1, friends: [{ friendId: "b" }] },
});

// @ts-expect-error a list says when it was read
user["friend-list"].$put({ param: { userId: "a" }, query: {}, json: { friends: [] } });
// @ts-expect-error a user is needed
user.friends.$get({ param: {}, query: {} });
// @ts-expect-error a query holds text
user.friends.$get({ param: { userId: "a" }, query: { limit: 5 } });
// @ts-expect-error there is no such path
v1.nowhere.$get();
// @ts-expect-error there is no such method
v1.stats.$post();
