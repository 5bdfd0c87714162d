import { Hono } from "hono/tiny";
import { lettersBody } from "./bodies.ts";
import { discardLetters, listDeadLetters, redriveLetters } from "./dead-letters.ts";
import { readDecisions } from "./decisions.ts";
import { readFriendChanges } from "./friend-changes.ts";
import { readHistory } from "./history.ts";
import {
  deadLettersQuery,
  decisionsQuery,
  friendChangesQuery,
  historyQuery,
} from "./moderation-parameters.ts";
import { userParams } from "./parameters.ts";
import { readRuleEffects } from "./rule-effects.ts";
import { inSession } from "./session.ts";
import { type ApiEnv, valid, withoutQuery } from "./steps.ts";
import { readRulesAbout } from "./user-rules.ts";

const DAY_MS = 24 * 3_600 * 1_000;

/** What the console shows besides rules, and what an admin does there. */
export const moderation = new Hono<ApiEnv>()
  .get("/dead-letters", valid("query", deadLettersQuery), async (c) =>
    c.json(
      await inSession(
        c,
        ({ records }) => listDeadLetters(records.db, c.req.valid("query"), Date.now()),
        "first-primary",
      ),
      200,
    ),
  )
  .post("/dead-letters/redrive", withoutQuery, valid("json", lettersBody), async (c) => {
    const { databases, config } = c.var;
    const nowMs = Date.now();
    const oldestMs = nowMs - config.tombstoneDays * DAY_MS;
    const deps = { databases, queue: c.env.BACKEND_CALLBACKS, oldestMs };
    return c.json(await redriveLetters(deps, c.req.valid("json").ids, nowMs), 200);
  })
  .post("/dead-letters/discard", withoutQuery, valid("json", lettersBody), async (c) => {
    const { db } = c.var.databases.records;
    return c.json(await discardLetters(db, c.req.valid("json").ids, Date.now()), 200);
  })
  .get("/rule-effects", withoutQuery, async (c) =>
    c.json(await inSession(c, ({ records }) => readRuleEffects(records.db, Date.now())), 200),
  )
  .get("/history", valid("query", historyQuery), async (c) =>
    c.json(
      await inSession(c, ({ records }) =>
        readHistory(records.db, c.req.valid("query"), Date.now()),
      ),
      200,
    ),
  )
  .get("/friend-changes", valid("query", friendChangesQuery), async (c) => {
    const { db } = c.var.databases.records;
    return c.json(await readFriendChanges(db, c.req.valid("query"), Date.now()), 200);
  })
  .get(
    "/users/:userId/decisions",
    valid("param", userParams),
    valid("query", decisionsQuery),
    async (c) =>
      c.json(
        await inSession(c, ({ records }) =>
          readDecisions(records.db, c.req.valid("param").userId, c.req.valid("query")),
        ),
        200,
      ),
  )
  .get("/users/:userId/rules", valid("param", userParams), withoutQuery, async (c) =>
    c.json(await readRulesAbout(c.env.BLOCKLIST, c.req.valid("param").userId), 200),
  );
