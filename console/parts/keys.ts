const KINDS = ["pair", "user", "responder", "applicant", "ip"] as const;
type Kind = (typeof KINDS)[number];

/** The readable parts of a key: its kind, and the ids as they are. */
export function partsOf(key: string): { kind: Kind | undefined; ids: string[] } {
  const at = key.indexOf(":");
  const kind = KINDS.find((each) => each === key.slice(0, at));
  const rest = key.slice(at + 1);
  if (kind === undefined) return { kind, ids: [key] };
  return { kind, ids: (kind === "ip" ? [rest] : rest.split(":")).map(decoded) };
}

/**
 * The beginning of a key as somebody types it. Ids are encoded in keys, so characters that no key has are
 * encoded.
 */
export function asKey(typed: string): string {
  return typed.toWellFormed().replace(/[^\w\-.!~*'():%]/gu, encodeURIComponent);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
