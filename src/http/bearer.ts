const encoder = new TextEncoder();

/** What a request carries as `Authorization: Bearer …`. */
export function bearerOf({ headers }: Request): string | undefined {
  return /^Bearer +(\S+)$/i.exec(headers.get("Authorization") ?? "")?.[1];
}

/**
 * Whether somebody knows a secret. If there is no secret, nobody knows it. It compares the digests, not the
 * texts. All digests have the same length, so the time tells nothing.
 */
export async function isSecret(claimed: string, secret: string | undefined): Promise<boolean> {
  if (secret === undefined) return false;
  return crypto.subtle.timingSafeEqual(await digestOf(claimed), await digestOf(secret));
}

function digestOf(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}
