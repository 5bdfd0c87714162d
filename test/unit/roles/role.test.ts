import { describe, it } from "vitest";
import { mayDo, ROLES, roleOf } from "../../../src/roles/role.ts";

describe("a moderator", () => {
  it.for([
    ["GET", "/v1/users/alice/friends", true],
    ["HEAD", "/v1/stats", true],
    ["PUT", "/v1/blocklist/user%3Aalice", true],
    ["DELETE", "/v1/blocklist/pair%3Aa%2Fb%3Ac", true],
    ["POST", "/v1/explanations", true],
    ["POST", "/v1/blocklist/user%3Aalice", false],
    ["PATCH", "/v1/blocklist/user%3Aalice", false],
    ["PUT", "/v1/blocklist", false],
    ["PUT", "/v1/blocklist/", false],
    ["PUT", "/v1/blocklist/a/b", false],
    ["PUT", "/v1/explanations", false],
    ["POST", "/v1/explanations/", false],
    ["POST", "/x/v1/explanations", false],
    ["POST", "/v1/%65xplanations", false],
    ["DELETE", "/v1/users/alice", false],
    ["POST", "/v1/dead-letters/redrive", false],
    ["POST", "/v1/shards/slices", false],
    ["POST", "/v1/what-comes-next", false],
  ] as const)("may %s %s: %s", ([method, path, may], { expect }) => {
    expect(mayDo("moderator", method, path)).toBe(may);
    expect(mayDo("admin", method, path)).toBe(true);
  });
});

describe("a token", () => {
  const tokens = { admin: "token-of-the-admin", moderator: "token-of-moderators" };

  it.for(ROLES)("is that of the role %s, and of no other", async (role, { expect }) => {
    expect(await roleOf(tokens[role], tokens)).toBe(role);
    expect(await roleOf(tokens[role], { ...tokens, [role]: undefined })).toBeUndefined();
    for (const claimed of ["", "undefined", `${tokens[role]}x`, tokens[role].toUpperCase()]) {
      expect(await roleOf(claimed, tokens)).toBeUndefined();
      expect(await roleOf(claimed, { admin: undefined, moderator: undefined })).toBeUndefined();
    }
  });
});
