import { KV_BULK_MAX_KEYS, KV_KEY_MAX_BYTES } from "../limits.ts";
import { type Action, appliesTo, parseRule, type Rule } from "./rule.ts";

/** What a key can be about, in the order in which equal rules are preferred. */
export const RULE_KINDS = ["pair", "user", "responder", "applicant", "ip"] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/** The narrower rule decides: about this pair, then about one of the users, then about the address. */
const PRECEDENCE: readonly (readonly RuleKind[])[] = [
  ["pair"],
  ["user", "responder", "applicant"],
  ["ip"],
];

/** One answer to one friend request, in our words. */
export type FriendResponse = {
  /** Who answers. */
  responderId: string;
  /** Who asked, and is answered. */
  applicantId: string;
  /** Who sent the answer, where that may be somebody else than the responder. */
  requesterId?: string | undefined;
  action: Action;
  platform?: string | undefined;
  clientIp?: string | undefined;
};

export type BlocklistKey = { kind: RuleKind; key: string };
export type Match = BlocklistKey & { rule: Rule };

/**
 * - `decidedBy`: the rule that refused the response or made an exception for it
 * - `observed`: the rule that would have refused it, and let it pass because it only observes
 */
export type Decision = {
  outcome: "allow" | "block";
  decidedBy?: Match | undefined;
  observed?: Match | undefined;
};

/** The rules that were found, by key. */
export type Rules = ReadonlyMap<string, Rule>;

/**
 * The keys that can hold a rule about a response, for the kinds that are looked up:
 * `user:<id>` (in either role), `responder:<id>`, `applicant:<id>`, `pair:<responder>:<applicant>`,
 * `ip:<address>`. Each part is encoded as encodeURIComponent does, so ordinary ids look the same,
 * and a colon inside of one cannot pass for the separator.
 */
export function keysOf(response: FriendResponse, kinds: readonly RuleKind[]): BlocklistKey[] {
  const { responderId, applicantId, requesterId, clientIp } = response;
  const responders = [...new Set([responderId, requesterId || responderId])];
  const partsOf: Record<RuleKind, () => string[][]> = {
    pair: () => [[responderId, applicantId]],
    user: () => [...responders, applicantId].map((id) => [id]),
    responder: () => responders.map((id) => [id]),
    applicant: () => [[applicantId]],
    ip: () => {
      const ip = normalizedIp(clientIp ?? "");
      return ip === undefined ? [] : [[ip]];
    },
  };
  return kinds.flatMap((kind) =>
    partsOf[kind]().map((parts) => ({ kind, key: keyOf(kind, parts) })),
  );
}

/** The key under which a rule is stored, from its kind and the ids it is about. */
export function keyOf(kind: RuleKind, parts: readonly string[]): string {
  // A lone surrogate cannot be encoded, nor stored by anyone: it becomes the replacement character.
  return [kind, ...parts.map((part) => encodeURIComponent(part.toWellFormed()))].join(":");
}

/** A leading zero means octal to some and nothing to others: such an address is not guessed. */
const IPV4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;

/**
 * One spelling for one address: 2001:DB8:0::1 is 2001:db8::1, and ::ffff:192.0.2.1 is 192.0.2.1.
 * Undefined for what is no address.
 */
export function normalizedIp(text: string): string | undefined {
  if (IPV4.test(text)) return hostOf(text);
  if (!text.includes(":") || !/^[\da-f:.]+$/i.test(text)) return undefined;
  const host = hostOf(`[${text}]`)?.slice(1, -1);
  const mapped = host?.match(/^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/);
  if (!mapped) return host;
  const [high, low] = mapped.slice(1).map((group) => Number.parseInt(group, 16)) as [
    number,
    number,
  ];
  return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** URL writes an address the one canonical way. */
function hostOf(host: string): string | undefined {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : undefined;
}

/**
 * The rules about these responses. One bulk read for each hundred distinct keys.
 *
 * @throws what KV throws
 */
export async function readRules(
  kv: KVNamespace,
  responses: readonly FriendResponse[],
  kinds: readonly RuleKind[],
): Promise<Rules> {
  const keys = [
    ...new Set(responses.flatMap((response) => keysOf(response, kinds).map(({ key }) => key))),
  ].filter((key) => key.length <= KV_KEY_MAX_BYTES);
  const reads = [];
  for (let start = 0; start < keys.length; start += KV_BULK_MAX_KEYS) {
    reads.push(kv.get(keys.slice(start, start + KV_BULK_MAX_KEYS), "text"));
  }
  const rules = new Map<string, Rule>();
  for (const values of await Promise.all(reads)) {
    for (const [key, value] of values) {
      if (value !== null) rules.set(key, parseRule(value));
    }
  }
  return rules;
}

/** What the rules say about a response. Pure: the same rules and response give the same decision. */
export function decide(
  response: FriendResponse,
  rules: Rules,
  kinds: readonly RuleKind[],
): Decision {
  if (rules.size === 0) return { outcome: "allow" };
  const matches = keysOf(response, kinds).flatMap(({ kind, key }) => {
    const rule = rules.get(key);
    return rule && appliesTo(rule, response.action, response.platform) ? [{ kind, key, rule }] : [];
  });
  if (matches.length === 0) return { outcome: "allow" };

  const decidedBy = strongest(matches.filter(({ rule }) => rule.mode !== "observe"));
  const outcome = decidedBy?.rule.mode === "block" ? "block" : "allow";
  if (outcome === "block") return { outcome, decidedBy };

  // What would have decided, had the rules that only observe been in force?
  const inForce = strongest(matches);
  return { outcome, decidedBy, observed: inForce?.rule.mode === "observe" ? inForce : undefined };
}

/** The match that decides: the narrowest, the stricter among equals, the first among those. */
function strongest(matches: readonly Match[]): Match | undefined {
  for (const kinds of PRECEDENCE) {
    const equals = matches.filter(({ kind }) => kinds.includes(kind));
    const refusing = equals.find(({ rule }) => rule.mode !== "allow");
    const match = refusing ?? equals[0];
    if (match) return match;
  }
  return undefined;
}
