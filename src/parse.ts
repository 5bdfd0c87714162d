import { readText } from "./body.ts";
import { logOf, refuse, type Step, validated } from "./http.ts";
import { BODY_MAX_BYTES } from "./limits.ts";
import { succeeded } from "./tencent/reply.ts";
import { bodyKind, callbackBodies, isBlankBody, single } from "./tencent/request.ts";

const requestOfJson = new Request("https://callback/", {
  headers: { "Content-Type": "application/json" },
});

/** Reads the body, and answers the console's URL check, which has nothing else. */
export const readBody: Step = async (c, next) => {
  const { query, command } = c.var;
  const body = await readText(c.req.raw, BODY_MAX_BYTES);
  if (!body.ok) return refuse(c, body.reason);
  if (command === undefined) {
    if (isBlankBody(body.text)) {
      logOf(c)("accepted", { reason: "url-check" });
      return c.json(succeeded());
    }
    return refuse(c, query.SdkAppid === undefined ? "app-missing" : "command-missing");
  }
  if (single(query.contenttype)?.toLowerCase() !== "json") return refuse(c, "content-type");

  // The protocol promises no Content-Type, and hono's validator parses no body without one.
  c.req.raw = requestOfJson;
  c.req.json = async () => JSON.parse(body.text);
  return next();
};

const parsers: Record<keyof typeof callbackBodies, Step> = {
  "Sns.CallbackPrevFriendResponse": parser("Sns.CallbackPrevFriendResponse"),
  "Sns.CallbackFriendAdd": parser("Sns.CallbackFriendAdd"),
  "Sns.CallbackFriendDelete": parser("Sns.CallbackFriendDelete"),
  unhandled: parser("unhandled"),
};

/** Parses the body by the schema of the URL's command, which must be the body's too. */
export const parseBody: Step = (c, next) => parsers[bodyKind(c.var.command ?? "")](c, next);

function parser(kind: keyof typeof callbackBodies): Step {
  return validated("json", callbackBodies[kind], (result, c) => {
    if (!result.success) {
      const path = result.error.issues[0]?.path ?? [];
      if (path[0] === "CallbackCommand") return refuse(c, "command-mismatch");
      // Where the body is wrong, and never what stands there.
      return refuse(c, "malformed", path.length === 0 ? "not an object" : path.join("."));
    }
    if (result.data.CallbackCommand === "unhandled" && result.data.name !== c.var.command) {
      return refuse(c, "command-mismatch");
    }
    c.set("body", result.data);
    return undefined;
  });
}
