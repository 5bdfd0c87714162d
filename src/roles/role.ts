import type { Config } from "../config.ts";
import { isSecret } from "../http/bearer.ts";

export const ROLES = ["admin", "moderator"] as const;
export type Role = (typeof ROLES)[number];

/** The token of each role. Nobody has a role without a token. */
export type Tokens = Readonly<Record<Role, string | undefined>>;

export function tokensOf({ apiToken, moderatorToken }: Config): Tokens {
  return { admin: apiToken, moderator: moderatorToken };
}

/** The role whose token this is. */
export async function roleOf(claimed: string, tokens: Tokens): Promise<Role | undefined> {
  // It compares every token, also when one has matched.
  const isTheirs = await Promise.all(ROLES.map((role) => isSecret(claimed, tokens[role])));
  return ROLES.find((_, index) => isTheirs[index]);
}

/** What a moderator may do besides looking. A new action is the admin's until it is added here. */
const MODERATORS: readonly { methods: readonly string[]; path: RegExp }[] = [
  { methods: ["PUT", "DELETE"], path: /^\/v1\/blocklist\/[^/]+$/ },
  { methods: ["POST"], path: /^\/v1\/explanations$/ },
];

/** @param path as it was sent, so that a slash inside a name does not count as one */
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
