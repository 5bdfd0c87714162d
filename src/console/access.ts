import { verifyWithJwks } from "hono/jwt";
import type { Config } from "../config.ts";
import { errorName } from "../log.ts";

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
    // The team changes its keys, and few sign in: they are fetched each time.
    const { exp, email, common_name, sub } = await verifyWithJwks(jwt, {
      jwks_uri: `${team}/cdn-cgi/access/certs`,
      allowedAlgorithms: ["RS256"],
      // Two clocks differ: when it was made says nothing that its end does not.
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
