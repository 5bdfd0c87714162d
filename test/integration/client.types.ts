/** Only type-checked: what hono's typed client knows of the API, and what must not compile. */
import { hc } from "hono/client";
import type {
  Erasure,
  Friendship,
  FriendsPage,
  Recommendations,
  ResponsesPage,
  Stats,
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
isSame<Json<(typeof user.friends)[":friendId"]["$get"]>, Friendship>(true);
isSame<Json<typeof user.recommendations.$get>, Recommendations>(true);
isSame<Json<typeof user.$delete>, Erasure>(true);
isSame<Json<(typeof v1)["friend-responses"]["$get"]>, ResponsesPage>(true);
isSame<Json<typeof v1.stats.$get>, Stats>(true);

user.recommendations[":candidateId"].dismiss.$post({ param: { userId: "a", candidateId: "b" } });

// @ts-expect-error a user is needed
user.friends.$get({ param: {}, query: {} });
// @ts-expect-error a query holds text
user.friends.$get({ param: { userId: "a" }, query: { limit: 5 } });
// @ts-expect-error there is no such path
v1.nowhere.$get();
// @ts-expect-error there is no such method
v1.stats.$post();
