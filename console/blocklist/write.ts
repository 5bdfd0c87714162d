import type { StoredRule } from "../answers.ts";
import type { Answer } from "../ask.ts";
import type { Console } from "../context.ts";

export type Put = { key: string; search: string; body: object };

function rulePath(key: string): string {
  return `/v1/blocklist/${encodeURIComponent(key)}`;
}

/** @param force stores what is only in doubt */
export function putRule(
  ask: Console["ask"],
  { key, search, body }: Put,
  force: boolean,
): Promise<Answer<StoredRule>> {
  const forced = force ? `${search === "" ? "?" : "&"}force=true` : "";
  return ask<StoredRule>(`${rulePath(key)}${search}${forced}`, { method: "PUT", body });
}

export function removeRule(ask: Console["ask"], key: string): Promise<Answer<void>> {
  return ask<void>(rulePath(key), { method: "DELETE" });
}
