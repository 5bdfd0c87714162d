import { createRemoteJWKSet, jwtVerify } from "jose";
import type { Config } from "../config.ts";
import { errorName } from "../log.ts";

/** The keys of each team, which are fetched when they are first needed, and again when they change. */
const keys = new Map<string, ReturnType<typeof createRemoteJWKSet>>();

/**
 * Whom Cloudflare Access has let through, by what it adds to a request: the address of mail, or the name of
 * a service token. https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/
 *
 * @returns why it vouches for nobody, in the word of an error, where it does not
 */
export async function verifyIdentity(
  { headers }: Request,
  { aud, team }: NonNullable<Config["access"]>,
): Promise<{ who: string } | { error: string }> {
  const jwt = headers.get("Cf-Access-Jwt-Assertion");
  if (team === undefined) return { error: "misconfigured" };
  if (jwt === null) return { error: "missing" };
  try {
    const { payload } = await jwtVerify(jwt, keysOf(team), {
      issuer: team,
      audience: aud,
      algorithms: ["RS256"],
      requiredClaims: ["exp"],
    });
    const names = [payload.email, payload.common_name, payload.sub];
    const who = names.find((name): name is string => typeof name === "string" && name !== "");
    return who === undefined ? { error: "nameless" } : { who };
  } catch (error) {
    return { error: errorName(error) };
  }
}

function keysOf(team: string): ReturnType<typeof createRemoteJWKSet> {
  const known = keys.get(team) ?? createRemoteJWKSet(new URL("/cdn-cgi/access/certs", team));
  keys.set(team, known);
  return known;
}
