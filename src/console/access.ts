import { verifyWithJwks } from "hono/jwt";
import type { Config } from "../config.ts";
import { errorName } from "../log.ts";

/**
 * Whom Cloudflare Access has let through. It adds a mail address, or the name of a service token, to a
 * request. https://developers.cloudflare.com/cloudflare-one/identity/authorization-cookie/validating-json/
 *
 * @returns who it is; or, if Access vouches for nobody, an error's word that says why
 */
export async function verifyIdentity(
  { headers }: Request,
  { aud, team }: NonNullable<Config["access"]>,
): Promise<{ who: string } | { error: string }> {
  const jwt = headers.get("Cf-Access-Jwt-Assertion");
  if (team === undefined) return { error: "misconfigured" };
  if (jwt === null) return { error: "missing" };
  try {
    // The team changes its keys, and few people sign in. So the keys are fetched each time.
    const { exp, email, common_name, sub } = await verifyWithJwks(jwt, {
      jwks_uri: `${team}/cdn-cgi/access/certs`,
      allowedAlgorithms: ["RS256"],
      // Two clocks differ. When the token was made tells nothing that its end does not.
      verification: { iss: team, aud, iat: false },
    });
    if (exp === undefined) return { error: "endless" };
    const names = [email, common_name, sub];
    const who = names.find((name): name is string => typeof name === "string" && name !== "");
    return who === undefined ? { error: "nameless" } : { who };
  } catch (error) {
    return { error: errorName(error) };
  }
}
