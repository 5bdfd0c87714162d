import { Hono } from "hono/tiny";
import { problem } from "../http/problem.ts";
import { errorName, log } from "../log.ts";
import { serveFile } from "./files.ts";
import { type ConsoleEnv, describeSession, signIn, signOut } from "./session.ts";

/** The page runs only what the Worker itself serves. No other site can frame it or be asked by it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/** The page for moderators: files that hold no data, and the sign-in. The data come from /v1. */
export const pages = new Hono<ConsoleEnv>()
  .basePath("/console")
  .use(async (c, next) => {
    await next();
    c.header("Content-Security-Policy", CONTENT_SECURITY_POLICY);
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "no-referrer");
    c.header("Cross-Origin-Opener-Policy", "same-origin");
  })
  .get("/session", describeSession)
  .post("/session", signIn)
  .delete("/session", signOut)
  .get("/*", (c) => serveFile(c.req.raw, c.env.ASSETS));

pages.notFound(() => problem(404, "There is no such path, or not with this method."));

pages.onError((error) => {
  log("failed", { reason: "console-crashed", error: errorName(error) });
  return problem(500, "The Worker could not answer: see its log.");
});
