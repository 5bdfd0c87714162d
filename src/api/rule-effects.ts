import { countEffects } from "../db/decided/effects.ts";
import type { Reader } from "../db/reader.ts";
import { EFFECTS_DAYS, EFFECTS_MAX, EFFECTS_MAX_ROWS } from "../limits.ts";
import type { RuleEffects } from "./moderation-answers.ts";

const DAY_MS = 24 * 3_600 * 1_000;

/** What each rule did in the last days, as far as the newest records tell. What did most comes first. */
export async function readRuleEffects(db: Reader, nowMs: number): Promise<RuleEffects> {
  const since = nowMs - EFFECTS_DAYS * DAY_MS;
  const scan = { sinceMs: since, maxRows: EFFECTS_MAX_ROWS };
  const counted = await Promise.all([
    countEffects(db, "friend_requests", scan),
    countEffects(db, "friend_responses", scan),
  ]);
  const byKey = Map.groupBy(
    counted.flatMap(({ effects }) => effects),
    ({ key }) => key,
  );
  const effects = [...byKey]
    .map(([key, some]) => ({
      key,
      refused: some.reduce((sum, { refused }) => sum + refused, 0),
      observed: some.reduce((sum, { observed }) => sum + observed, 0),
    }))
    .sort((one, other) => other.refused + other.observed - one.refused - one.observed);
  const isCut = counted.some(({ rows }) => rows >= EFFECTS_MAX_ROWS);
  return {
    since,
    truncated: isCut || effects.length > EFFECTS_MAX,
    effects: effects.slice(0, EFFECTS_MAX),
  };
}
