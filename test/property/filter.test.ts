import { env } from "cloudflare:workers";
import fc from "fast-check";
import { it } from "vitest";
import { decide } from "../../src/blocklist/decide.ts";
import { mayHold } from "../../src/blocklist/filter.ts";
import { oldestMs } from "../../src/blocklist/filter-state.ts";
import { noteWritten, readFilter } from "../../src/blocklist/filter-store.ts";
import { keepFilter } from "../../src/blocklist/keep-filter.ts";
import { buildKeys, type FriendAction, RULE_KINDS } from "../../src/blocklist/key.ts";
import { packFilter, unpackListing } from "../../src/blocklist/packed.ts";
import { parseRule } from "../../src/blocklist/value.ts";
import { FILTER_HELD_MS, FILTER_LISTING_MAX_MS } from "../../src/limits.ts";
import { isolatesKv, listingBy, setTime } from "../support/filter.ts";
import { friendRequest, friendResponse } from "../support/tencent.ts";
import { callback, envWith } from "../support/worker.ts";

const SECOND_MS = 1_000;
/** Few, so that rules and questions meet. */
const USERS = ["ann", "bob"];
const VALUES = ["no", "no", '{"mode":"allow"}', '{"mode":"observe"}', '{"code":38100}', "{broken"];
const KEYS = ["user:ann", "applicant:bob", "responder:ann", "pair:ann:bob", "ip:127.0.0.1"];
/** Nobody's, before and behind the others: a listing takes some pages. */
const OTHERS = ["applicant:a", "ip:10.0.0.1", "pair:z:z", "user:z", "user:zz"];
/** Two isolates with the filter, each with what it holds. */
const ISOLATES = 2;

const key = fc.constantFrom(...KEYS);
const value = fc.constantFrom(...VALUES);
const user = fc.constantFrom(...USERS);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("write" as const), key, value }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("put" as const), key, value }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("remove" as const), key }) },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      ask: fc.constantFrom("request" as const, "response" as const),
      from: user,
      to: user,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      seconds: fc.constantFrom(1, 30, 60, 61, 300, 600, 1_100),
    }),
  },
  {
    weight: 6,
    // So many keys a list, how much of a run each list takes, and what is written behind the first.
    arbitrary: fc.record({
      do: fc.constant("list" as const),
      limit: fc.constantFrom(2, 5, 1_000),
      listMs: fc.constantFrom(0, 20_001),
      meanwhile: fc.option(key, { nil: undefined }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("break" as const),
      how: fc.constantFrom("gone", "cut off", "no filter", "incomplete", "older", "of the future"),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

async function breakFilter(how: string): Promise<void> {
  const read = await readFilter(env.BLOCKLIST);
  if (how === "gone") return env.BLOCKLIST.delete("filter");
  if (how === "no filter") return env.BLOCKLIST.put("filter", "no spam");
  if (typeof read === "string") return;
  if (how === "cut off") return env.BLOCKLIST.put("filter", packFilter(read).slice(0, -1));
  const other = {
    incomplete: { isComplete: false, bits: new Uint8Array(read.bits.length) },
    older: { madeMs: Math.max(1, read.madeMs - 600 * SECOND_MS) },
    // Later than anything that is played.
    "of the future": { madeMs: read.madeMs + 24 * 3_600 * SECOND_MS },
  }[how];
  return env.BLOCKLIST.put("filter", packFilter({ ...read, ...other }));
}

/** Whether a listing is under way. */
async function isBegun(): Promise<boolean> {
  const stored = await env.BLOCKLIST.get("filter-listing", "arrayBuffer");
  return stored !== null && unpackListing(stored)?.cursor !== undefined;
}

/** How a rule came that is there: what no filter knew of is found by the next listing. */
type Written = { atMs: number; isNoted: boolean };

/**
 * Plays steps. After each question: is what was answered what the rules say, but for rules that may be
 * hidden for a time that is declared?
 */
async function play(steps: readonly Step[]): Promise<string[]> {
  const { keys: left } = await env.BLOCKLIST.list();
  for (const { name } of left) await env.BLOCKLIST.delete(name);
  for (const name of OTHERS) await env.BLOCKLIST.put(name, "no");
  let nowMs = Date.UTC(2026, 10, 1);
  const written = new Map<string, Written>();
  const listings: { begunMs: number; endedMs: number }[] = [];
  const wrong: string[] = [];
  let begunMs = 0;
  let isInListing = false;
  const isolates = Array.from({ length: ISOLATES }, () =>
    envWith({
      ...{ BLOCKLIST: isolatesKv().kv, BLOCKLIST_FILTER: "true" },
      BLOCKLIST_KINDS: RULE_KINDS.join(","),
    }),
  );

  const mayBeHidden = (name: string) => {
    const { atMs, isNoted } = written.get(name) ?? { atMs: 0, isNoted: true };
    const ageMs = nowMs - atMs;
    if (isNoted) return ageMs < FILTER_HELD_MS;
    const isListed = listings.some(
      ({ begunMs, endedMs }) => begunMs > atMs && nowMs - endedMs >= FILTER_HELD_MS,
    );
    return !isListed && ageMs <= oldestMs(0) + FILTER_HELD_MS;
  };

  const doing: { [Do in Step["do"]]: (one: Extract<Step, { do: Do }>) => Promise<void> } = {
    async write({ key: name, value: text }) {
      const read = await readFilter(env.BLOCKLIST);
      const isThere = typeof read !== "string" && read.isComplete && mayHold(read, name);
      const isListing = isInListing || (await isBegun());
      await noteWritten(env.BLOCKLIST, [name]);
      await env.BLOCKLIST.put(name, text);
      // What the filter has already is not added, and a listing that is under way may have passed its place.
      const isNoted = !(isThere && isListing);
      if (!written.has(name)) written.set(name, { atMs: nowMs, isNoted });
    },
    async put({ key: name, value: text }) {
      await env.BLOCKLIST.put(name, text);
      if (!written.has(name)) written.set(name, { atMs: nowMs, isNoted: false });
    },
    async remove({ key: name }) {
      await env.BLOCKLIST.delete(name);
      written.delete(name);
    },
    async wait({ seconds }) {
      nowMs += seconds * SECOND_MS;
    },
    async list({ limit, listMs, meanwhile }) {
      const before = await readFilter(env.BLOCKLIST);
      if (!(await isBegun()) || nowMs - begunMs >= FILTER_LISTING_MAX_MS) begunMs = nowMs;
      const kv = listingBy(limit, listMs, async () => {
        if (meanwhile === undefined || isInListing) return;
        isInListing = true;
        nowMs = Date.now();
        await doing.write({ do: "write", key: meanwhile, value: "no" });
      });
      await keepFilter(kv, nowMs);
      isInListing = false;
      nowMs = Date.now();
      const after = await readFilter(env.BLOCKLIST);
      if (typeof after === "string") return;
      if (typeof before !== "string" && before.madeMs === after.madeMs) return;
      listings.push({ begunMs, endedMs: nowMs });
    },
    async break({ how }) {
      await breakFilter(how);
      // What was added for a listing that is under way may be gone with it.
      if (!(await isBegun())) return;
      for (const each of written.values()) each.isNoted = false;
    },
    async ask({ ask, from, to }) {
      const isRequest = ask === "request";
      const about: FriendAction = {
        ...(isRequest
          ? { responderId: to, applicantId: from, action: "Request" }
          : { responderId: from, applicantId: to, action: "AgreeAndAdd" }),
        ...{ requesterId: from, platform: "Web", clientIp: "127.0.0.1" },
      };
      const body = isRequest ? friendRequest(from, [to]) : friendResponse(from, [to]);
      const names = [...new Set(buildKeys(about, RULE_KINDS).map(({ key: name }) => name))];
      const stored = await env.BLOCKLIST.get(names);
      const there = names.filter((name) => (stored.get(name) ?? null) !== null);
      const codes = subsets(there.filter(mayBeHidden)).map((hidden) => {
        const rules = there
          .filter((name) => !hidden.includes(name))
          .map((name) => [name, parseRule(stored.get(name) ?? "")] as const);
        const { outcome, decidedBy } = decide(about, new Map(rules), RULE_KINDS);
        return outcome === "block" ? decidedBy?.rule.code : 0;
      });
      // The first answer may begin to read the filter, and the second one goes by it.
      for (const workerEnv of [...isolates, ...isolates]) {
        const { reply } = await callback(body, { env: workerEnv });
        const code = reply.ResultItem?.[0]?.ResultCode;
        if (!codes.includes(code)) wrong.push(`${ask} of ${from} to ${to}: ${code}, not ${codes}`);
      }
    },
  };

  for (const one of steps) {
    nowMs += 1;
    setTime(nowMs);
    await (doing[one.do] as (one: Step) => Promise<void>)(one);
  }
  return wrong;
}

function subsets<T>(all: readonly T[]): T[][] {
  const [first, ...others] = all;
  if (first === undefined) return [[]];
  return subsets(others).flatMap((some) => [some, [first, ...some]]);
}

it("with and without the filter the decisions are the same, but for the declared delay", async ({
  expect,
}) => {
  const steps = fc.array(step, { minLength: 5, maxLength: 60, size: "max" });
  const first: Step = { do: "list", limit: 1_000, listMs: 0, meanwhile: undefined };
  const check = fc.asyncProperty(steps, async (some) => {
    expect(await play([first, ...some])).toEqual([]);
  });
  await fc.assert(check, { numRuns: 60 });
});
