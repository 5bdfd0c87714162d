import { fieldsOf } from "../../src/blocklist/fields.ts";
import type { RuleKind } from "../../src/blocklist/key.ts";
import { makeKey } from "../../src/blocklist/parse-key.ts";
import { ACTIONS, DEFAULT_RULE, type Mode } from "../../src/blocklist/value.ts";
import { RULE_CODE_MAX, RULE_CODE_MIN } from "../../src/limits.ts";
import type { RuleEntry } from "../answers.ts";
import { partsOf } from "../parts/keys.ts";

const EXPIRY_SECONDS = { hour: 3_600, day: 86_400, week: 604_800, month: 2_592_000 };
export type Expiry = keyof typeof EXPIRY_SECONDS | "never" | "keep" | "at";

/** A rule as it stands in the form. */
export type Draft = {
  kind: RuleKind;
  /** For a pair, the first one is the user who is asked. */
  ids: [string, string];
  mode: Mode;
  reason: string;
  code: string;
  actions: string[];
  platforms: string;
  note: string;
  expiry: Expiry;
  /** A time for the browser's field, in the reader's zone. */
  expiresAt: string;
};

export const EMPTY_DRAFT: Draft = {
  kind: "user",
  ids: ["", ""],
  mode: "block",
  reason: "",
  code: String(DEFAULT_RULE.code),
  actions: [...DEFAULT_RULE.actions],
  platforms: "",
  note: "",
  expiry: "never",
  expiresAt: "",
};

export function draftOf({ key, value, rule, expiresAt }: RuleEntry): Draft {
  const { kind = "user", ids } = partsOf(key);
  // The reason as it was written. The rule has it cut to the length of the reply.
  const reason = fieldsOf(value)?.reason ?? rule.reason ?? "";
  return {
    kind,
    ids: [ids[0] ?? "", ids[1] ?? ""],
    mode: rule.mode,
    reason: String(reason),
    code: String(rule.code),
    actions: [...rule.actions],
    platforms: (rule.platforms ?? []).join(", "),
    note: rule.note ?? "",
    expiry: expiresAt === null ? "never" : "keep",
    expiresAt: "",
  };
}

export type DraftProblem = "noId" | "wrongCode" | "noAction" | "noTime";

/** What to store, and under which key. Or what is missing: the name of its text, or the linter's words. */
export type Drafted =
  | { ok: true; key: string; search: string; body: object }
  | { ok: false; problem: DraftProblem; message?: undefined }
  | { ok: false; message: string; problem?: undefined };

/** @param before the rule that is edited; its key stays as it is */
export function toPut(draft: Draft, before: RuleEntry | undefined, nowMs: number): Drafted {
  const ids = draft.kind === "pair" ? draft.ids : draft.ids.slice(0, 1);
  if (ids.some((id) => id.trim() === "")) return { ok: false, problem: "noId" };
  const made = before ? { ok: true as const, key: before.key } : makeKey(draft.kind, ids);
  if (!made.ok) return { ok: false, message: made.message };
  const code = Number(draft.code);
  if (!Number.isInteger(code) || code < RULE_CODE_MIN || code > RULE_CODE_MAX) {
    return { ok: false, problem: "wrongCode" };
  }
  if (draft.actions.length === 0) return { ok: false, problem: "noAction" };
  const search = searchOf(draft, before, nowMs);
  if (search === undefined) return { ok: false, problem: "noTime" };
  return { ok: true, key: made.key, search, body: bodyOf(draft, code) };
}

/** Leaves out the defaults. So the value in KV stays short, and follows the defaults if they change. */
function bodyOf({ mode, reason, actions, platforms, note }: Draft, code: number): object {
  const only = platforms
    .split(/[,，、|]/)
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const isUsual =
    actions.length === DEFAULT_RULE.actions.length &&
    DEFAULT_RULE.actions.every((action) => actions.includes(action));
  return {
    ...(mode !== DEFAULT_RULE.mode && { mode }),
    ...(code !== DEFAULT_RULE.code && { code }),
    ...(reason.trim() !== "" && { reason: reason.trim() }),
    ...(!isUsual && { actions: ACTIONS.filter((action) => actions.includes(action)) }),
    ...(only.length > 0 && { platforms: only }),
    ...(note.trim() !== "" && { note: note.trim() }),
  };
}

function searchOf(draft: Draft, before: RuleEntry | undefined, nowMs: number): string | undefined {
  const { expiry, expiresAt } = draft;
  if (expiry === "never") return "";
  if (expiry === "keep") {
    const at = before?.expiresAt ?? null;
    return at === null ? "" : `?expiration=${Math.floor(at / 1_000)}`;
  }
  if (expiry !== "at") return `?expirationTtl=${EXPIRY_SECONDS[expiry]}`;
  const atMs = new Date(expiresAt).getTime();
  return atMs > nowMs ? `?expiration=${Math.floor(atMs / 1_000)}` : undefined;
}
