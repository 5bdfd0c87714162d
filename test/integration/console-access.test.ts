import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";
import { beforeEach, describe, it, vi } from "vitest";
import { API_TOKEN } from "../support/api.ts";
import { MODERATOR_TOKEN, signIn } from "../support/console.ts";
import { logLines } from "../support/log.ts";

const AUD = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
const TEAM = "https://team.cloudflareaccess.com";
let keys: CryptoKeyPair;
let jwks: JWK[];
let asked = 0;

const publicJwk = async () => {
  return { ...(await exportJWK(keys.publicKey)), kid: "one", alg: "RS256", use: "sig" };
};

beforeEach(async () => {
  keys = (await generateKeyPair("RS256", { extractable: true })) as CryptoKeyPair;
  asked = 0;
  jwks = [await publicJwk()];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input) => {
    asked += 1;
    const isTeam = String(input) === `${TEAM}/cdn-cgi/access/certs`;
    return isTeam ? Response.json({ keys: jwks }) : new Response(null, { status: 404 });
  });
});

type Claims = { email?: string; common_name?: string; sub?: string };
const jwt = (
  claims: Claims = { email: "mia@example.com", sub: "7" },
  {
    iss = TEAM,
    aud = AUD,
    exp = "1h" as string | null,
    key = keys.privateKey,
    alg = "RS256",
    kid = "one",
  } = {},
) => {
  const signed = new SignJWT(claims)
    .setProtectedHeader({ alg, kid })
    .setIssuer(iss)
    .setAudience(aud)
    .setIssuedAt();
  return (exp === null ? signed : signed.setExpirationTime(exp)).sign(key);
};

const signInBy = (assertion: string | undefined, overrides = {}, token = MODERATOR_TOKEN) =>
  signIn(token, {
    headers: assertion === undefined ? {} : { "Cf-Access-Jwt-Assertion": assertion },
    env: { ACCESS_AUD: AUD, ACCESS_TEAM: TEAM, ...overrides },
  });

describe("signing in behind Cloudflare Access", () => {
  it.for([
    [{ email: "mia@example.com", sub: "7" }, "mia@example.com"],
    [{ common_name: "a-service", sub: "" }, "a-service"],
    [{ sub: "7" }, "7"],
    [{ email: `${"x".repeat(300)}@example.com` }, "x".repeat(254)],
  ] as const)("as %j is %s's", async ([claims, who], { expect }) => {
    const response = await signInBy(await jwt(claims));
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ role: "moderator", who });
    expect(JSON.stringify(logLines())).not.toContain(who);
  });

  it("goes on when the team has changed its keys", async ({ expect }) => {
    const before = await jwt();
    expect((await signInBy(before)).status).toBe(200);
    keys = (await generateKeyPair("RS256", { extractable: true })) as CryptoKeyPair;
    jwks = [await publicJwk()];
    expect((await signInBy(await jwt())).status).toBe(200);
    expect((await signInBy(before)).status).toBe(403);
    expect(asked).toBe(3);
  });

  it("still takes a token", async ({ expect }) => {
    expect((await signInBy(await jwt(), {}, "wrong")).status).toBe(401);
    expect((await signInBy(await jwt(), {}, API_TOKEN)).status).toBe(200);
  });

  it.for<[string, () => Promise<string | undefined>, string]>([
    ["without what Access adds", async () => undefined, "missing"],
    ["with what is none", async () => "nonsense", "JwtTokenInvalid"],
    ["for another application", () => jwt({}, { aud: "another" }), "JwtTokenAudience"],
    ["of another team", () => jwt({}, { iss: "https://x.example" }), "JwtTokenIssuer"],
    ["that has ended", () => jwt({}, { exp: "-1h" }), "JwtTokenExpired"],
    ["of nobody", () => jwt({}), "nameless"],
    ["that never ends", () => jwt({}, { exp: null }), "endless"],
    [
      "signed by somebody else",
      async () => jwt({}, { key: (await generateKeyPair("RS256")).privateKey }),
      "JwtTokenSignatureMismatched",
    ],
    ["signed by a key that the team has not", () => jwt({}, { kid: "two" }), "JwtTokenInvalid"],
    [
      "signed in another way",
      async () =>
        jwt(
          {},
          {
            alg: "HS256",
            key: (await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, true, [
              "sign",
            ])) as CryptoKey,
          },
        ),
      "JwtSymmetricAlgorithmNotAllowed",
    ],
    [
      "signed by a key of another kind",
      async () => jwt({}, { alg: "ES256", key: (await generateKeyPair("ES256")).privateKey }),
      "JwtAlgorithmNotAllowed",
    ],
    [
      "signed by nobody",
      async () => {
        const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
        return `${part({ alg: "none" })}.${part({ email: "mia@example.com", aud: AUD })}.`;
      },
      "JwtHeaderInvalid",
    ],
  ])("%s is 403, whatever the token", async ([, assertion, error], { expect }) => {
    const response = await signInBy(await assertion());
    expect(response.status).toBe(403);
    expect(response.headers.has("Set-Cookie")).toBe(false);
    expect(logLines()).toEqual([{ event: "refused", reason: "access-wrong", status: 403, error }]);
  });

  it.for([
    { ACCESS_TEAM: undefined },
    { ACCESS_AUD: undefined },
    { ACCESS_TEAM: "https://team.example/with/path" },
  ])("is nobody's where it is set up by half: %j", async (overrides, { expect }) => {
    expect((await signInBy(await jwt(), overrides)).status).toBe(403);
    expect(asked).toBe(0);
  });

  it("is nobody's where the keys cannot be had", async ({ expect }) => {
    const assertion = await jwt();
    vi.mocked(fetch).mockImplementation(async () => new Response(null, { status: 500 }));
    expect((await signInBy(assertion)).status).toBe(403);
    vi.mocked(fetch).mockImplementation(async () => Promise.reject(new TypeError("away")));
    expect((await signInBy(assertion)).status).toBe(403);
  });

  it("is not asked for where it is not set up", async ({ expect }) => {
    const response = await signInBy("nonsense", { ACCESS_AUD: "", ACCESS_TEAM: "" });
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ who: "moderator" });
  });
});
