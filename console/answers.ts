import type { output } from "zod/mini";
import type {
  blacklistPage,
  friendship,
  friendsPage,
  requestsPage,
  responsesPage,
  shards,
  stats,
} from "../src/api/answers.ts";
import type {
  deadLettersPage,
  decidedRequest,
  decidedResponse,
  decisions,
  discarded,
  friendChanges,
  history,
  redriven,
  ruleEffects,
} from "../src/api/moderation-answers.ts";
import type {
  explanation,
  ruleChanges,
  ruleEntry,
  rulesPage,
  storedRule,
  userRules,
} from "../src/api/rule-answers.ts";
import type { FilterState } from "../src/blocklist/filter-state.ts";

/** The Worker's answers, by its own schemas. The console takes only the types of them. */

export type Session = { role: "admin" | "moderator"; who: string; expiresAt: number | null };

export type RequestsPage = output<typeof requestsPage>;
export type ResponsesPage = output<typeof responsesPage>;
export type Decision = output<typeof decidedRequest> | output<typeof decidedResponse>;
export type DecisionsPage = output<typeof decisions>;
export type ChangesPage = output<typeof friendChanges>;
export type Change = ChangesPage["changes"][number];
export type History = output<typeof history>;
export type Bucket = History["buckets"][number];

export type RuleEntry = output<typeof ruleEntry>;
export type StoredRule = output<typeof storedRule>;
export type RulesPage = output<typeof rulesPage>;
export type UserRules = output<typeof userRules>;
export type RuleChangesPage = output<typeof ruleChanges>;
export type RuleChange = RuleChangesPage["changes"][number];
export type RuleEffects = output<typeof ruleEffects>;
export type Explanation = output<typeof explanation>;

export type FriendsPage = output<typeof friendsPage>;
export type Friendship = output<typeof friendship>;
export type BlacklistPage = output<typeof blacklistPage>;

type Backlog = { depth: number; oldestAgeSeconds: number } | null;
/** The answer of /health, which has no schema. A test holds it against the Worker's type. */
export type Health = {
  status: string;
  unsigned?: boolean;
  deadLetters: Backlog;
  databasesAway?: string[];
  queue: Backlog;
  backend?: { reachable: boolean; status?: number; reason?: string; queue: Backlog };
  callbacks: { lastAt: number | null; silent: boolean; signsWrong: boolean } | null;
  reconciliation: { ageSeconds: number; users: number; driftPerThousand: number } | null;
  version: { friendgate: string; deployment: string };
  blocklistMode: string;
  requestRate: string;
  requestsPerDay: string;
  blocklistReadable: boolean;
  blocklistFilter: "off" | { ageSeconds: number | null; keys: number | null; state: FilterState };
};
export type Stats = output<typeof stats>;
export type Shards = output<typeof shards>;
export type LettersPage = output<typeof deadLettersPage>;
export type Letter = LettersPage["letters"][number];
export type Redriven = output<typeof redriven>;
export type Discarded = output<typeof discarded>;
