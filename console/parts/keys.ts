const KINDS = ["pair", "user", "responder", "applicant", "ip"] as const;
type Kind = (typeof KINDS)[number];

/** What a key is about, as far as it can be read: its kind, and the ids as they are. */
export function partsOf(key: string): { kind: Kind | undefined; ids: string[] } {
  const at = key.indexOf(":");
  const kind = KINDS.find((each) => each === key.slice(0, at));
  const rest = key.slice(at + 1);
  if (kind === undefined) return { kind, ids: [key] };
  return { kind, ids: (kind === "ip" ? [rest] : rest.split(":")).map(decoded) };
}

/** What somebody types as the beginning of a key, where ids are encoded: what no key has becomes what it has. */
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
