import type { Context } from "hono";
import { Hono } from "hono/tiny";
import { PROBLEM_TYPE, problem, problemOf } from "../http/problem.ts";
import { type Changed, deleteRule, putRule } from "./change-rule.ts";
import { explainDecision } from "./explanations.ts";
import { listRuleChanges } from "./rule-changes.ts";
import {
  explanationBody,
  putQuery,
  ruleBody,
  ruleChangesQuery,
  ruleParams,
  rulesQuery,
} from "./rule-parameters.ts";
import { readRule, readRules } from "./rules.ts";
import { inSession } from "./session.ts";
import { type ApiEnv, onlyJson, valid, withoutQuery } from "./steps.ts";

const NO_RULE = "There is no rule under this key; one of the last minute may not be seen yet.";

/** The rules of the blocklist. Moderators look at them, change them, and ask what would happen. */
export const rules = new Hono<ApiEnv>()
  .get("/blocklist", valid("query", rulesQuery), async (c) => {
    const page = await readRules(c.env.BLOCKLIST, c.req.valid("query"));
    return c.json({ ...page, kinds: c.var.config.blocklistKinds }, 200);
  })
  .get("/blocklist/:key", valid("param", ruleParams), withoutQuery, async (c) => {
    const rule = await readRule(c.env.BLOCKLIST, c.req.valid("param").key);
    return rule ? c.json(rule, 200) : c.json(problemOf(404, NO_RULE), 404, PROBLEM_TYPE);
  })
  .put(
    "/blocklist/:key",
    valid("param", ruleParams),
    valid("query", putQuery),
    onlyJson,
    valid("json", ruleBody),
    async (c) => {
      const { key } = c.req.valid("param");
      const put = await putRule(depsOf(c), key, c.req.valid("json"), c.req.valid("query"));
      return put.ok ? c.json(put.value, 200) : refusalOf(c, put);
    },
  )
  .delete("/blocklist/:key", valid("param", ruleParams), withoutQuery, async (c) => {
    const deleted = await deleteRule(depsOf(c), c.req.valid("param").key);
    return deleted.ok ? c.body(null, 204) : refusalOf(c, deleted);
  })
  .get("/rule-changes", valid("query", ruleChangesQuery), async (c) =>
    c.json(
      await inSession(
        c,
        ({ records }) => listRuleChanges(records.db, c.req.valid("query")),
        "first-primary",
      ),
      200,
    ),
  )
  .post("/explanations", withoutQuery, valid("json", explanationBody), async (c) =>
    c.json(await explainDecision(c.env.BLOCKLIST, c.var.config, c.req.valid("json")), 200),
  );

function depsOf({ env, var: { config, databases, who } }: Context<ApiEnv>) {
  const blocklist = { kv: env.BLOCKLIST, isFiltered: config.blocklistFilter };
  return { blocklist, db: databases.records.db, who, nowMs: Date.now() };
}

function refusalOf(c: Context<ApiEnv>, refused: Extract<Changed<unknown>, { ok: false }>) {
  switch (refused.reason) {
    case "wrong": {
      const { problems, doubts } = refused;
      const detail = [...problems, ...doubts].join("; ");
      return c.json({ ...problemOf(400, detail), problems, doubts }, 400, PROBLEM_TYPE);
    }
    case "not-found":
      return problem(404, NO_RULE);
    case "not-read":
      return problem(503, "KV does not answer, so nothing was changed: try again.");
    case "not-noted":
      return problem(503, "The change could not be noted, so it was not made: try again.");
    case "not-written":
      return problem(503, "KV did not take the change; it is noted as failed: try again.");
  }
}
