import type { Mode } from "../src/blocklist/value.ts";

/** What /v1 and /console/session answer, as far as the console reads it. */

export type Role = "admin" | "moderator";
export type Session = { role: Role; who: string; expiresAt: number };

export type Decided = {
  id: string;
  at: number;
  responderId: string;
  applicantId: string;
  requesterId: string | null;
  code: number;
  ruleKind: string | null;
  ruleKey: string | null;
  observedKey: string | null;
  clientIp: string | null;
  platform: string | null;
};
export type DecidedRequest = Decided & { type: "request" };
export type DecidedResponse = Decided & {
  type: "response";
  action: "Agree" | "AgreeAndAdd" | "Reject";
};
export type Decision = DecidedRequest | DecidedResponse;

export type RequestsPage = { requests: Decided[]; after: string | null };
export type ResponsesPage = {
  responses: (Decided & { action: DecidedResponse["action"] })[];
  after: string | null;
};
export type DecisionsPage = { decisions: Decision[]; before: string | null };

export type Change = {
  id: string;
  at: number;
  type: "friends-added" | "friends-deleted" | "blacklist-added" | "blacklist-deleted";
  userId: string;
  otherId: string;
};
export type ChangesPage = { changes: Change[]; after: string | null };

export type Bucket = { at: number; answered: number; refused: number; observed: number };
export type History = { buckets: Bucket[]; truncated: boolean };

export type RuleFields = {
  mode: Mode;
  code: number;
  reason?: string;
  actions: string[];
  platforms?: string[];
  note?: string;
};
export type RuleEntry = {
  key: string;
  value: string;
  rule: RuleFields & { broken?: boolean };
  problems: string[];
  expiresAt: number | null;
  madeBy: "quota" | null;
};
export type RulesPage = { rules: RuleEntry[]; cursor: string | null; kinds: string[] };
export type UserRules = { rules: RuleEntry[]; incomplete: boolean };

export type RuleChange = {
  id: string;
  at: number;
  who: string;
  key: string;
  change: "put" | "delete";
  before: string | null;
  after: string | null;
  failed: boolean;
};
export type RuleChangesPage = { changes: RuleChange[]; before: string | null };

export type RuleEffects = {
  since: number;
  truncated: boolean;
  effects: { key: string; refused: number; observed: number }[];
};

export type Explanation = {
  kinds: string[];
  blocklistMode: "enforce" | "observe";
  keys: { key: string; isRead: boolean; rule: RuleFields | null; description: string }[];
  answers: {
    action: string;
    outcome: "allow" | "block";
    decidedBy: string | null;
    observed: string | null;
    result: unknown;
  }[];
};

export type Friend = { friendId: string; addedAt: number; initiatorId: string | null };
export type FriendsPage = { friends: Friend[]; cursor: string | null };
export type Friendship = { direction: "mutual" | "outgoing" | "incoming" | "none" };
export type BlacklistPage = {
  blacklist: { blockedId: string; addedAt: number }[];
  cursor: string | null;
};

type Backlog = { depth: number; oldestAgeSeconds: number } | null;
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
};

type Period = { answered: number; refused: number; observed: number };
export type Stats = {
  lastHour: Period;
  lastDay: Period;
  requests: { lastHour: Period; lastDay: Period };
  truncated: boolean;
};

export type Shards = { databases: { name: string; slots: number; bytes: number | null }[] };

export type Letter = {
  id: string;
  firstAt: number;
  lastAt: number;
  attempts: number;
  reason: string;
  body: unknown;
};
export type LettersPage = { letters: Letter[]; cursor: string | null; waiting: number };
export type Redriven = { redriven: string[]; left: { id: string; why: string }[] };
export type Discarded = { discarded: string[] };
