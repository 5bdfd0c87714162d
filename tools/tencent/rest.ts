import { type FriendGetFaults, friendGet, type Lists } from "./friend-get.ts";
import { faultOfUserSig, type UserSigFault } from "./user-sig.ts";

/** The key of an app that is only played. Everybody knows it, so it cannot be the key of a real app. */
export const PLAYED_SECRET_KEY = "local-secret-key";

/** The path of the one command that is played. */
export const FRIEND_GET = "/v4/sns/friend_get";

export type PlayedApp = {
  appId: number;
  key: string;
  administrators: readonly string[];
  lists: Lists;
  pageSize: number;
};

export type RestRequest = { path: string; query: URLSearchParams; body: string; nowMs: number };

export type RestAnswer = {
  ActionStatus: "OK" | "FAIL";
  ErrorCode: number;
  ErrorInfo: string;
  ErrorDisplay: string;
  [field: string]: unknown;
};

/** What Tencent's REST API answers. The status is always HTTP 200. The code says what went wrong. */
export async function restAnswer(
  request: RestRequest,
  app: PlayedApp,
  faults: FriendGetFaults = {},
): Promise<RestAnswer> {
  const code = await refusalOf(request, app);
  if (code !== undefined) return failure(code);
  const body = objectIn(request.body);
  if (body === undefined) return failure(60_003);
  if (request.path !== FRIEND_GET) return failure(60_009);
  const got = friendGet(body, app, faults);
  return typeof got === "number" ? failure(got) : { ...success(), ...got };
}

/** An answer that says no. */
export function failure(code: number): RestAnswer {
  return { ActionStatus: "FAIL", ErrorCode: code, ErrorInfo: `played ${code}`, ErrorDisplay: "" };
}

function success(): RestAnswer {
  return { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "", ErrorDisplay: "" };
}

const CODE_OF_FAULT: Record<UserSigFault, number> = {
  unreadable: 70_003,
  forged: 70_009,
  "of-another-user": 70_013,
  "of-another-app": 70_014,
  expired: 70_001,
};

/** Why the caller may not do this. Undefined for an administrator of the app. */
async function refusalOf(
  { query, nowMs }: RestRequest,
  { appId, key, administrators }: PlayedApp,
): Promise<number | undefined> {
  const text = (name: string) => query.get(name) ?? "";
  if (text("sdkappid") === "") return 60_012;
  if (!/^\d+$/.test(text("sdkappid"))) return 60_006;
  if (Number(text("sdkappid")) !== appId) return 70_020;
  const identifier = text("identifier");
  if (identifier === "" || text("usersig") === "") return 60_004;
  if (!/^\d{1,10}$/.test(text("random")) || text("contenttype") !== "json") return 60_002;
  const fault = await faultOfUserSig(text("usersig"), { identifier, appId, key, nowMs });
  if (fault !== undefined) return CODE_OF_FAULT[fault];
  return administrators.includes(identifier) ? undefined : 60_010;
}

/** A body is never empty. It has at least `{}`. */
function objectIn(body: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(body);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
