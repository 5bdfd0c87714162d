import { KV_KEY_MAX_BYTES } from "../limits.ts";
import { USER_ID_MAX_BYTES } from "../tencent/commands.ts";
import { buildKey, normalizeIp, RULE_KINDS, type RuleKind } from "./key.ts";

const encoder = new TextEncoder();

export type KeyResult =
  | { ok: true; kind: RuleKind; key: string; parts: string[] }
  | { ok: false; message: string };

/** The one key under which the Worker looks for a rule of this kind about these ids. */
export function makeKey(kind: string, ids: readonly string[]): KeyResult {
  if (!isKind(kind)) return { ok: false, message: unknownKind(kind) };
  const form = kind === "pair" ? "pair:<from>:<to>" : `${kind}:<id>`;
  if (ids.length !== (kind === "pair" ? 2 : 1) || ids.includes("")) {
    return { ok: false, message: `a ${kind} rule is ${form}` };
  }
  if (!ids.every((id) => id.isWellFormed())) {
    return { ok: false, message: "an id holds half a character" };
  }
  const longest = Math.max(...ids.map((id) => encoder.encode(id).length));
  if (longest > USER_ID_MAX_BYTES) {
    return {
      ok: false,
      message: `an id has ${longest} bytes, and no account has more than ${USER_ID_MAX_BYTES}`,
    };
  }
  const parts = ids.map((id) => (kind === "ip" ? normalizeIp(id) : id));
  if (!parts.every((part) => part !== undefined)) {
    return { ok: false, message: `${ids[0]} is no IP address` };
  }
  const key = buildKey(kind, parts);
  // The encoded key is ASCII: its characters are its bytes.
  if (key.length > KV_KEY_MAX_BYTES) {
    return {
      ok: false,
      message: `the key has ${key.length} bytes, and KV takes ${KV_KEY_MAX_BYTES}`,
    };
  }
  return { ok: true, kind, key, parts };
}

/** What a stored key is about. A key that the Worker would never look up is not ok. */
export function parseKey(key: string): KeyResult {
  const [kind = "", ...encoded] = key.split(":");
  if (!isKind(kind)) return { ok: false, message: unknownKind(kind) };
  // An address that was not encoded has its own colons.
  const decoded = (kind === "ip" ? [encoded.join(":")] : encoded).map(decode);
  if (!decoded.every((part) => part !== undefined)) {
    return { ok: false, message: "bad encoding: a % stands before what is not hexadecimal UTF-8" };
  }
  const made = makeKey(kind, decoded);
  if (made.ok && made.key !== key) {
    return { ok: false, message: `never looked up in this spelling: it is ${made.key}` };
  }
  return made;
}

/** Whether KV can have it as a key, or as the beginning of one. */
export function canBeKey(text: string): boolean {
  return encoder.encode(text).length <= KV_KEY_MAX_BYTES;
}

function isKind(kind: string): kind is RuleKind {
  return (RULE_KINDS as readonly string[]).includes(kind);
}

function unknownKind(kind: string): string {
  return `unknown kind ${JSON.stringify(kind)}: the kinds are ${RULE_KINDS.join(", ")}`;
}

function decode(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
