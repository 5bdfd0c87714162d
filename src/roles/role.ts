import type { Config } from "../config.ts";
import { isSecret } from "../http/bearer.ts";

export const ROLES = ["admin", "moderator"] as const;
export type Role = (typeof ROLES)[number];

/** The token of each role; a role without one is nobody's. */
export type Tokens = Readonly<Record<Role, string | undefined>>;

export function tokensOf({ apiToken, moderatorToken }: Config): Tokens {
  return { admin: apiToken, moderator: moderatorToken };
}

/** The role whose token this is. */
export async function roleOf(claimed: string, tokens: Tokens): Promise<Role | undefined> {
  // Each is compared, whichever it is.
  const isTheirs = await Promise.all(ROLES.map((role) => isSecret(claimed, tokens[role])));
  return ROLES.find((_, index) => isTheirs[index]);
}

/** What a moderator may do besides looking. Whatever comes new is the admin's until it stands here. */
const MODERATORS: readonly { methods: readonly string[]; path: RegExp }[] = [
  { methods: ["PUT", "DELETE"], path: /^\/v1\/blocklist\/[^/]+$/ },
  { methods: ["POST"], path: /^\/v1\/explanations$/ },
];

/** @param path as it was sent, so that a slash within a name is none */
export function mayDo(role: Role, method: string, path: string): boolean {
  return (
    role === "admin" ||
    isSafe(method) ||
    MODERATORS.some(({ methods, path: theirs }) => methods.includes(method) && theirs.test(path))
  );
}

export function isSafe(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
