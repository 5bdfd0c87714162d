/** The parameters of a callback's URL; undefined leaves one out. */
export type CallbackParameters = Record<string, string | undefined>;

export type CallbackOrigin = {
  appId: string;
  token: string;
  /** Absent in the console's URL check. */
  command?: string | undefined;
  /** Unix seconds, as the URL spells them. */
  requestTime: string;
  clientIp: string;
  platform: string;
};

/** What Tencent adds to the configured URL. It is signed in the way that the console is told. */
export async function callbackParameters(origin: CallbackOrigin): Promise<CallbackParameters> {
  return {
    SdkAppid: origin.appId,
    CallbackCommand: origin.command,
    contenttype: "json",
    ClientIP: origin.clientIp,
    OptPlatform: origin.platform,
    RequestTime: origin.requestTime,
    Sign: await signOf(origin.token, origin.requestTime),
  };
}

/** The configured URL, with the parameters added after its own. */
export function callbackUrl(configured: string | URL, parameters: CallbackParameters): URL {
  const url = new URL(configured);
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.append(name, value);
  }
  return url;
}

/** Lower-case hex SHA-256 of the token followed by RequestTime. */
export async function signOf(token: string, requestTime: string): Promise<string> {
  const text = new TextEncoder().encode(token + requestTime);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", text));
  // Node 24 has no Uint8Array.toHex yet.
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Now, as RequestTime says it. */
export function requestTimeAt(ms: number): string {
  return String(Math.floor(ms / 1000));
}
