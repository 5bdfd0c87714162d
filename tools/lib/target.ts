import { type Command, Option } from "commander";
import type { Target } from "../tencent/send.ts";
import { httpUrl } from "./arguments.ts";
import { localVars, ownLocalVars } from "./local-vars.ts";
import { interrupted, UsageError } from "./tool.ts";

export type TargetOptions = {
  url: string;
  appId?: string;
  platform: string;
  ip: string;
};

/** The options that say which deployment is meant. Every tool that plays Tencent has the same ones. */
export function withTarget(command: Command): Command {
  return command
    .addOption(
      urlOption(
        "the callback URL, as the IM console has it; where `npm start` answers unless given",
      ),
    )
    .addOption(new Option("--app-id <digits>", "the SDKAppID").env("SDK_APP_ID"))
    .option("--platform <name>", "OptPlatform: RESTAPI, Web, Android, iOS, Windows, …", "Web")
    .option("--ip <address>", "ClientIP", "127.0.0.1")
    .hook("preAction", (_, action) => {
      // Only when it is needed: the file with the path may be unreadable.
      if (action.opts().url === undefined) action.setOptionValue("url", localUrl());
    });
}

/** Which deployment is meant. */
export function urlOption(description: string): Option {
  return new Option("--url <url>", description).env("CALLBACK_URL").argParser(httpUrl);
}

/** Where SDKAppID and tokens come from, in their order. */
export const WHERE_SECRETS_COME_FROM =
  "The callback token comes from CALLBACK_TOKEN in the environment, else from .dev.vars, else, for " +
  "localhost only, as `npm start` has it. So does the SDKAppID (SDK_APP_ID), unless --app-id gives it. " +
  "No option takes a token: every user of a machine sees its command lines.";

/** @throws with what to do, if SDKAppID or token are not known */
export function targetOf(options: TargetOptions): Target {
  const vars = localVarsFor(options.url);
  const appId = appIdFor(options.url, options.appId);
  const token = process.env.CALLBACK_TOKEN || vars.CALLBACK_TOKEN;
  if (!appId) throw new UsageError("the SDKAppID is not known", "give --app-id, or set SDK_APP_ID");
  if (!token) {
    const todo = "set CALLBACK_TOKEN in the environment, to the token of the IM console";
    throw new UsageError("the callback token is not known", todo);
  }
  const { url, ip: clientIp, platform } = options;
  return { url, appId, token, clientIp, platform, signal: interrupted };
}

/** The SDKAppID of this deployment: the given one, or a known one. */
export function appIdFor(url: string, given: string | undefined): string | undefined {
  return given || localVarsFor(url).SDK_APP_ID || undefined;
}

/** The API token for this deployment, if one is known. */
export function apiTokenFor(url: string): string | undefined {
  return process.env.API_TOKEN || localVarsFor(url).API_TOKEN || undefined;
}

/** @throws with what to do, if no API token is known for this deployment */
export function apiTokenOf(url: string): string {
  const token = apiTokenFor(url);
  if (token) return token;
  throw new UsageError("no token", "set API_TOKEN in the environment");
}

/** The public token of `npm start` is never sent to a deployment. It could only mislead. */
function localVarsFor(url: string): NodeJS.Dict<string> {
  return isLocal(url) ? localVars() : ownLocalVars();
}

/** Where `npm start` answers callbacks. */
export function localUrl(): string {
  return new URL(localVars().CALLBACK_PATH || "/", "http://localhost:8787").href.replace(/\/$/, "");
}

/** Whether a URL names this machine. */
export function isLocal(url: string | URL): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(new URL(url).hostname);
}
