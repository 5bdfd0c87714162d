import type { TestProject } from "vitest/node";
import { ADMIN_TOKEN, MODERATOR_TOKEN } from "../support/browser.ts";
import { startDev } from "../support/commands.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the Worker answers, and in which folder its storage lies. */
    worker: { url: string; folder: string };
    /** The cookie of a session for each role: tries to sign in are limited. */
    sessions: { admin: string; moderator: string };
  }
}

/** One Worker for all of these tests, as `npm start` runs it: each test has users of its own. */
export default async function setup(project: TestProject) {
  const dev = await startDev({
    API_TOKEN: ADMIN_TOKEN,
    MODERATOR_TOKEN,
    RECORD_RESPONSES: "all",
    BLOCKLIST_KINDS: "user,responder,applicant,pair,ip",
  });
  const { url, folder } = dev;
  project.provide("worker", { url, folder });
  project.provide("sessions", {
    admin: await signIn(url, ADMIN_TOKEN),
    moderator: await signIn(url, MODERATOR_TOKEN),
  });
  return () => dev.stop();
}

async function signIn(url: string, token: string): Promise<string> {
  const response = await fetch(`${url}/console/session`, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-Friendgate-Console": "1" },
    body: JSON.stringify({ token }),
  });
  const [, cookie] =
    /^__Host-friendgate=([^;]+)/.exec(response.headers.get("Set-Cookie") ?? "") ?? [];
  if (cookie === undefined)
    throw new Error(`no session: ${response.status} ${await response.text()}`);
  return cookie;
}
