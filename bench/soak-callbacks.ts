import { BODY_MAX_BYTES } from "../src/limits.ts";
import * as tencent from "../test/support/tencent.ts";
import { type Signed, signed } from "./callbacks.ts";

/** A request, and its answer. */
export type Sent = Signed & { method: "POST" | "GET"; status: number };

/** Most callbacks are about one pair. */
const SIZES = [1, 1, 1, 1, 1, 1, 1, 1, 10, 100];

/** The handled kinds. No other callback names their users, so the Worker must keep nothing about them. */
const HANDLED: readonly ((user: string, others: string[]) => { CallbackCommand: string })[] = [
  (user, others) => tencent.friendRequest(user, others),
  (user, others) => tencent.friendResponse(user, others),
  (user, others) => tencent.friendAdd(...pairsOf(user, others)),
  (user, others) => tencent.friendDelete(...pairsOf(user, others)),
  (user, others) => tencent.blacklistAdd(...pairsOf(user, others)),
  (user, others) => tencent.blacklistDelete(...pairsOf(user, others)),
];

/** What strangers send to an address that they have found, and what users try. */
const HOSTILE: readonly ((user: string) => Promise<Sent>)[] = [
  async (user) => replaced(await ordinary(user), /Sign=\w{8}/, "Sign=00000000", 401),
  async (user) => replaced(await ordinary(user), /Sign=\w+/, "", 401),
  async (user) => replaced(await ordinary(user), /RequestTime=\d+/, "RequestTime=1000000000", 401),
  async (user) => replaced(await ordinary(user), /SdkAppid=\d+/, `SdkAppid=1${user.length}`, 403),
  async (user) => replaced(await ordinary(user), /^\//, `/${user}`, 404),
  async (user) => ({ ...(await ordinary(user)), method: "GET", body: "", status: 405 }),
  async (user) => replaced(await ordinary(user), /$/, `&${user}=1&clientip=${user}`, 200),
  async (user) => ({ ...(await ordinary(user)), body: `{"CallbackCommand":"${user}` }),
  async (user) => ({ ...(await ordinary(user)), body: "[".repeat(5_000) }),
  // A callback that is not handled, from an unknown family.
  async (user) => sent({ CallbackCommand: `F${user}.CallbackAfter${user}`, [user]: user }),
  async (user) => ({ ...(await ordinary(user)), body: JSON.stringify({ CallbackCommand: user }) }),
  async (user) => sent({ ...tencent.friendRequest(user, []), FriendItem: oddItems(user) }),
  async (user) => sent({ ...tencent.friendResponse(user, []), ResponseFriendItem: oddItems(user) }),
  async (user) => sent({ ...tencent.friendAdd([user, ""]), PairList: oddItems(user) }),
  async (user) => sent({ ...tencent.blacklistAdd([user, "\u0000"]), [user.repeat(1_000)]: user }),
  async (user) => ({
    ...(await ordinary(user)),
    body: `{"__proto__":{"${user}":1},"PairList":{}}`,
  }),
];

/** Bodies of the largest size, or larger. */
async function largeCallbacks(user: string): Promise<Sent[]> {
  const full = await ordinary(user);
  const friends = Array.from({ length: 10_000 }, (_, index) => `${user}-friend${index}`);
  return [
    await sent(tencent.friendResponse(user, friends)),
    await sent(tencent.friendDelete(...pairsOf(user, friends))),
    { ...full, body: full.body.padEnd(BODY_MAX_BYTES) },
    { ...full, body: full.body.padEnd(BODY_MAX_BYTES + 1), status: 413 },
  ];
}

/** How many of a hundred are hostile. */
const HOSTILE_PERCENT = 20;

/** Callbacks of so many users, signed now: ordinary ones of all kinds, hostile ones, and a few large ones. */
export async function soakCallbacks(firstUser: number, users: number): Promise<Sent[]> {
  const one = (number: number) => {
    const user = `u${number}`;
    const place = number % 100;
    if (place >= HOSTILE_PERCENT) return handled(number, user);
    // Each one gets its turn, however many there are.
    return picked(HOSTILE, Math.floor(number / 100) * HOSTILE_PERCENT + place)(user);
  };
  const numbers = Array.from({ length: users }, (_, index) => firstUser + index);
  return [...(await Promise.all(numbers.map(one))), ...(await largeCallbacks(`u${firstUser}`))];
}

function handled(number: number, user: string): Promise<Sent> {
  const size = picked(SIZES, Math.floor(number / HANDLED.length));
  const others = Array.from({ length: size }, (_, index) => `${user}-friend${index}`);
  return sent(picked(HANDLED, number)(user, others));
}

function ordinary(user: string): Promise<Sent> {
  return sent(tencent.friendAdd([user, `${user}-friend`]));
}

async function sent(body: { CallbackCommand: string; [field: string]: unknown }): Promise<Sent> {
  return { ...(await signed(body)), method: "POST", status: 200 };
}

function replaced({ path, ...rest }: Sent, part: RegExp, by: string, status: number): Sent {
  return { ...rest, path: path.replace(part, by), status };
}

/** Items that are on no page of the documents. */
function oddItems(user: string): unknown[] {
  const accounts = [7, null, user.repeat(200), "\ud800", { [user]: [user] }, "", `\u0000${user}`];
  return [user, null, ...accounts.map((account) => ({ From_Account: user, To_Account: account }))];
}

function pairsOf(user: string, others: string[]): [string, string][] {
  return others.map((other) => [user, other]);
}

function picked<Value>(values: readonly Value[], turn: number): Value {
  const value = values[turn % values.length];
  if (value === undefined) throw new Error("nothing to choose from");
  return value;
}
