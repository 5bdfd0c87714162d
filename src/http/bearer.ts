const encoder = new TextEncoder();

/**
 * Whether a request carries `Authorization: Bearer <token>`. Without a token to compare with, none
 * does. The digests are compared, not the texts: they have one length, and the time tells nothing.
 */
export async function isBearer(request: Request, token: string | undefined): Promise<boolean> {
  const claimed = /^Bearer +(\S+)$/i.exec(request.headers.get("Authorization") ?? "")?.[1];
  if (token === undefined || claimed === undefined) return false;
  return crypto.subtle.timingSafeEqual(await digestOf(claimed), await digestOf(token));
}

function digestOf(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", encoder.encode(text));
}
