import { KV_KEY_MAX_BYTES } from "../limits.ts";
import { USER_ID_MAX_BYTES } from "../tencent/commands.ts";
import type { Action } from "./value.ts";

/** What a key can be about, in the order in which equal rules are preferred. */
export const RULE_KINDS = ["pair", "user", "responder", "applicant", "ip"] as const;
export type RuleKind = (typeof RULE_KINDS)[number];

/** A friend request to one user, or the answer to one, in our words. */
export type FriendAction = {
  /** The user who is asked, and who answers. */
  responderId: string;
  /** The user who asks, and who gets the answer. */
  applicantId: string;
  /** The sender, if it may be another user than the one for whom it is sent. */
  requesterId?: string | undefined;
  action: Action;
  platform?: string | undefined;
  clientIp?: string | undefined;
};

export type BlocklistKey = { kind: RuleKind; key: string };

/**
 * The keys that can hold a rule about an action, for the kinds that are looked up:
 * `user:<id>` (in either role), `responder:<id>`, `applicant:<id>`, `pair:<responder>:<applicant>`,
 * `ip:<address>`. Each part is encoded as encodeURIComponent does. So ordinary ids look the same,
 * and a colon inside an id cannot pass for the separator. A part that is longer than an id has no key. It
 * is not encoded to find that out: the sender chooses how long it is, and how often it comes.
 */
export function buildKeys(about: FriendAction, kinds: readonly RuleKind[]): BlocklistKey[] {
  const keys: BlocklistKey[] = [];
  for (const kind of kinds) {
    for (const parts of partsOf(about, kind)) {
      if (!parts.every((part) => part !== "" && part.length <= USER_ID_MAX_BYTES)) continue;
      const key = buildKey(kind, parts);
      if (key.length <= KV_KEY_MAX_BYTES) keys.push({ kind, key });
    }
  }
  return keys;
}

/** Whom the rules of a kind can be about, each as the parts of a key. */
function partsOf(about: FriendAction, kind: RuleKind): string[][] {
  switch (kind) {
    case "pair":
      return [[about.responderId, about.applicantId]];
    case "user":
      return [...respondersOf(about), ...applicantsOf(about)].map((id) => [id]);
    case "responder":
      return respondersOf(about).map((id) => [id]);
    case "applicant":
      return applicantsOf(about).map((id) => [id]);
    case "ip":
      return [[normalizeIp(about.clientIp ?? "") ?? ""]];
  }
}

function respondersOf({ action, responderId, requesterId }: FriendAction): string[] {
  return action === "Request" ? [responderId] : withSender(responderId, requesterId);
}

function applicantsOf({ action, applicantId, requesterId }: FriendAction): string[] {
  return action === "Request" ? withSender(applicantId, requesterId) : [applicantId];
}

/** The sender has the role of the user for whom it is sent. */
function withSender(sentFor: string, senderId = sentFor): string[] {
  return senderId === sentFor ? [sentFor] : [sentFor, senderId];
}

/** The key under which a rule is stored, from its kind and the ids it is about. */
export function buildKey(kind: RuleKind, parts: readonly string[]): string {
  let key: string = kind;
  for (const part of parts) key += `:${encode(part)}`;
  return key;
}

/** What encodeURIComponent leaves as it is. It is a quicker look than its own, and most ids are such. */
const UNENCODED = /^[\w.!~*'()-]*$/;

function encode(part: string): string {
  // Nobody can encode or store a lone surrogate. It becomes the replacement character.
  return UNENCODED.test(part) ? part : encodeURIComponent(part.toWellFormed());
}

/** An IPv6 address that ends in an IPv4 one. */
const IP_MAX_CHARS = 45;
/** Some read a leading zero as octal, and others ignore it. Such an address is not guessed. */
const IPV4 = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/;

/**
 * One spelling for one address: 2001:DB8:0::1 is 2001:db8::1, and ::ffff:192.0.2.1 is 192.0.2.1.
 * Undefined if the text is no address.
 */
export function normalizeIp(text: string): string | undefined {
  if (text.length > IP_MAX_CHARS) return undefined;
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
