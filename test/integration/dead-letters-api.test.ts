import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { deadLettersPage, discarded, redriven } from "../../src/api/moderation-answers.ts";
import { settleDeadLetters, storeDeadLetters } from "../../src/db/dead-letters.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { API_TOKEN, ask, fetchApi, ORIGIN } from "../support/api.ts";
import { keptCallback } from "../support/backend.ts";
import { countedDb } from "../support/counted.ts";
import { heldQueue, storedDeadLetters, storedFriends } from "../support/worker.ts";

const NOW = Date.now();

describe("dead letters", () => {
  const letter = (id: string, body: object) =>
    ({ id, attempts: 100, reason: "exhausted", body }) as const;
  const post = (what: string, ids: string[], overrides = {}) =>
    ask(`/v1/dead-letters/${what}`, { method: "POST", body: { ids }, env: overrides });
  const callback = keptCallback({ attempts: 1 });
  const friendsAdded = {
    v: 2,
    type: "friends-added",
    orderKey: toOrderKey(NOW),
    source: null,
    adminId: null,
    forced: false,
    pairs: [["alice", "bob", null]],
  };

  it("are applied, or go back to their queue where they are callbacks, and are settled", async ({
    expect,
  }) => {
    const BACKEND_CALLBACKS = heldQueue();
    await storeDeadLetters(
      env.DB,
      [
        letter("callback", callback),
        letter("settled", callback),
        letter("friends", friendsAdded),
        letter("odd", { v: 1, type: "callback" }),
        letter("other", callback),
      ],
      NOW,
    );
    await settleDeadLetters(env.DB, ["settled"], "discarded", NOW);
    const ids = ["callback", "settled", "friends", "odd", "unknown"];
    const response = await ask("/v1/dead-letters/redrive", {
      method: "POST",
      body: { ids },
      env: { BACKEND_CALLBACKS },
    });
    expect(redriven.parse(await response.json())).toEqual({
      redriven: ["callback", "friends"],
      left: [
        { id: "settled", why: "not-waiting" },
        { id: "odd", why: "malformed" },
        { id: "unknown", why: "not-waiting" },
      ],
    });
    expect(await storedFriends()).toMatchObject([{ user_id: "alice", friend_id: "bob" }]);
    expect(BACKEND_CALLBACKS.messages).toEqual([{ ...callback, attempts: 101 }]);
    expect((await storedDeadLetters()).map(({ id, status }) => [id, status])).toEqual([
      ["callback", "redriven"],
      ["friends", "redriven"],
      ["odd", "waiting"],
      ["other", "waiting"],
      ["settled", "discarded"],
    ]);
  });

  it("wait on where their queue refuses them", async ({ expect }) => {
    const BACKEND_CALLBACKS = { sendBatch: () => Promise.reject(new Error("down")) };
    await storeDeadLetters(env.DB, [letter("callback", callback)], NOW);
    const response = await ask("/v1/dead-letters/redrive", {
      method: "POST",
      body: { ids: ["callback"] },
      env: { BACKEND_CALLBACKS },
    });
    expect(response.status).toBe(500);
    expect(await storedDeadLetters()).toMatchObject([{ status: "waiting" }]);
  });

  it("of the largest size go to their queue in batches that it takes", async ({ expect }) => {
    const large = keptCallback({ body: "x".repeat(100_000) });
    const ids = Array.from({ length: 7 }, (_, n) => `letter-${n}`);
    await storeDeadLetters(
      env.DB,
      ids.map((id) => letter(id, large)),
      NOW,
    );
    const BACKEND_CALLBACKS = heldQueue();
    await ask("/v1/dead-letters/redrive", {
      method: "POST",
      body: { ids },
      env: { BACKEND_CALLBACKS },
    });
    expect(BACKEND_CALLBACKS).toMatchObject({ writes: 4, messages: { length: 7 } });
  });

  const someIds = "ids: must be a list of 1 to 100 ids of dead letters";
  it.for([
    [{}, someIds],
    [{ ids: [] }, someIds],
    [{ ids: "callback" }, someIds],
    [{ ids: ["callback", 1] }, "ids.1: must be the id of a dead letter"],
    [{ ids: Array.from({ length: 101 }, String) }, someIds],
  ] as const)("are not redriven by %j", async ([body, detail], { expect }) => {
    const response = await ask("/v1/dead-letters/redrive", { method: "POST", body });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail });
  });

  it("are not redriven by a body that is no JSON", async ({ expect }) => {
    const response = await fetchApi()(`${ORIGIN}/v1/dead-letters/redrive`, {
      method: "POST",
      headers: { Authorization: `Bearer ${API_TOKEN}`, "Content-Type": "application/json" },
      body: "{",
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ detail: "The body must be JSON." });
  });

  it("older than the tombstones wait on, unless the table knows the pair", async ({ expect }) => {
    const orderKey = toOrderKey(NOW - 31 * 86_400_000);
    await storeDeadLetters(env.DB, [letter("old", { ...friendsAdded, orderKey })], NOW);
    const response = await post("redrive", ["old"]);
    expect(await response.json()).toEqual({ redriven: [], left: [{ id: "old", why: "too-old" }] });
    const younger = await post("redrive", ["old"], { TOMBSTONE_DAYS: "32" });
    expect(await younger.json()).toEqual({ redriven: ["old"], left: [] });
  });

  it("are listed with their bodies, page by page, without those that are settled", async ({
    expect,
  }) => {
    const bodies = [friendsAdded, callback, "text", 5, null, { a: [] }];
    for (const [n, body] of bodies.entries()) {
      const many = [letter(`a${n}`, body as object), letter(`b${n}`, body as object)];
      await storeDeadLetters(env.DB, many, NOW + n);
    }
    await settleDeadLetters(env.DB, ["a1"], "redriven", NOW);
    const found: unknown[] = [];
    let query = "?limit=3";
    for (;;) {
      const page = deadLettersPage.parse(await (await ask(`/v1/dead-letters${query}`)).json());
      expect(page.waiting).toBe(11);
      found.push(...page.letters);
      if (page.cursor === null) break;
      query = `?limit=3&cursor=${page.cursor}`;
    }
    expect(found).toEqual(
      bodies.flatMap((body, n) =>
        ["a", "b"]
          .filter((name) => `${name}${n}` !== "a1")
          .map((name) => ({
            ...{ id: `${name}${n}`, firstAt: NOW + n, lastAt: NOW + n },
            ...{ attempts: 100, reason: "exhausted", body },
          })),
      ),
    );
    expect((await ask("/v1/dead-letters?cursor=nonsense")).status).toBe(400);
    expect((await ask("/v1/dead-letters?limit=101")).status).toBe(400);
  });

  it("are given up, those that waited", async ({ expect }) => {
    await storeDeadLetters(
      env.DB,
      [letter("one", {}), letter("two", {}), letter("three", {})],
      NOW,
    );
    await settleDeadLetters(env.DB, ["two"], "redriven", NOW);
    const response = await post("discard", ["one", "two", "four"]);
    expect(discarded.parse(await response.json())).toEqual({ discarded: ["one"] });
    expect((await storedDeadLetters()).map(({ status }) => status)).toEqual([
      "discarded",
      "waiting",
      "redriven",
    ]);
  });

  it("cost two statements to be given up, and one more for each kind to be applied", async ({
    expect,
  }) => {
    const letters = Array.from({ length: 20 }, (_, n) =>
      letter(`letter${n}`, { ...friendsAdded, pairs: [["alice", `friend${n}`, null]] }),
    );
    await storeDeadLetters(env.DB, letters, NOW);
    const ids = letters.map(({ id }) => id);
    const db = countedDb(env.DB);
    await post("redrive", ids.slice(0, 10), { DB: db.binding });
    expect(db.count.statements).toBe(3);
    await post("discard", ids, { DB: db.binding });
    expect(db.count.statements).toBe(5);
    expect((await storedFriends()).length).toBe(10);
  });

  it("cost a page two statements and its own rows", async ({ expect }) => {
    const letters = Array.from({ length: 50 }, (_, n) => letter(`letter${n}`, {}));
    for (const [n, each] of letters.entries()) await storeDeadLetters(env.DB, [each], NOW + n);
    const db = countedDb(env.DB);
    const page = await ask("/v1/dead-letters?limit=10", { env: { DB: db.binding } });
    const { cursor } = await page.json<{ cursor: string }>();
    await ask(`/v1/dead-letters?limit=10&cursor=${cursor}`, { env: { DB: db.binding } });
    // The other statement counts those that wait.
    expect(db.count.statements).toBe(4);
    const pages = db.count.reads.filter((rows) => rows < 50);
    expect(pages).toHaveLength(2);
    for (const rows of pages) expect(rows).toBeLessThanOrEqual(24);
  });
});
