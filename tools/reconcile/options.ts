import { readFileSync } from "node:fs";
import { addAbortSignal } from "node:stream";
import { buffer } from "node:stream/consumers";
import { shown } from "../../src/spreadsheet/written.ts";
import { parseWhole } from "../lib/arguments.ts";
import { appIdFor, isLocal } from "../lib/target.ts";
import { interrupted, say, UsageError } from "../lib/tool.ts";
import { PLAYED_SECRET_KEY } from "../tencent/rest.ts";
import { REGIONS, type Region } from "./regions.ts";
import { readUsers } from "./users-file.ts";

export type Options = {
  users?: string;
  known?: true;
  crawl?: true;
  bothSides?: true;
  sample?: number;
  names: boolean;
  url: string;
  region?: Region;
  tencent?: string;
  appId?: string;
  admin: string;
  rate: number;
  concurrency: number;
  dryRun?: true;
  pairs?: string;
  state?: string;
  encoding?: string;
  delimiter?: string;
  json?: true;
};

/** UserSigs hold the app's id as a number. */
const APP_ID_MAX = 2 ** 32;

/** Where Tencent's REST API answers. */
export function tencentOf({ region, tencent }: Options): string {
  if (tencent === undefined && region === undefined) {
    throw new UsageError(
      "where Tencent's REST API answers is not known",
      "give the data centre that the app was made in by --region",
    );
  }
  const url = tencent ?? REGIONS[region as Region];
  if (new URL(url).protocol === "https:" || isLocal(url)) return url;
  throw new UsageError(
    "--tencent is not HTTPS: whoever listens could act as the app's administrator",
    "give a URL that begins with https://",
  );
}

/** The users that it reads besides. */
export function followsOf({ crawl, bothSides }: Options): "friends" | "drift" | "nobody" {
  if (crawl) return "friends";
  return bothSides ? "drift" : "nobody";
}

export function appIdOf({ url, appId }: Options): number {
  const text = appIdFor(url, appId);
  const number = parseWhole(text ?? "", 1, APP_ID_MAX);
  if (number !== undefined) return number;
  throw new UsageError(
    text === undefined ? "the SDKAppID is not known" : "the SDKAppID is not a number",
    "give --app-id, or set SDK_APP_ID",
  );
}

/** The app's secret key. It comes only from the environment, and is never in a message. */
export function keyOf(tencent: string): string {
  const key = process.env.TENCENT_SECRET_KEY || (isLocal(tencent) ? PLAYED_SECRET_KEY : undefined);
  if (key !== undefined && /^\S+$/.test(key)) return key;
  throw new UsageError(
    key === undefined
      ? "the app's secret key is not known"
      : "TENCENT_SECRET_KEY has a space or a line break in it",
    "set TENCENT_SECRET_KEY in the environment, to the key that the IM console shows",
  );
}

/** The users of --users. Undefined if it is not given. */
export async function usersOf(options: Options): Promise<string[] | undefined> {
  const { users: file, known, crawl } = options;
  if ((file === undefined) === (known === undefined)) {
    throw new UsageError(
      "whose lists are to be read is not said, or said twice",
      "give a file with the users by --users, or --known for those of the friends table",
    );
  }
  if (file === undefined) {
    if (crawl === undefined) return undefined;
    throw new UsageError("--crawl needs users to begin with", "give them by --users");
  }
  const bytes =
    file === "-" ? await buffer(addAbortSignal(interrupted, process.stdin)) : readFileSync(file);
  const { users, problems, form } = readUsers(bytes, options);
  const name = file === "-" ? "stdin" : file;
  const [first] = problems;
  if (first !== undefined) {
    const place = first.line === undefined ? name : `${name}:${first.line}`;
    const more = problems.length === 1 ? "" : `, and ${problems.length - 1} more`;
    throw new UsageError(shown(`${place}: ${first.message}${more}`), "correct the file");
  }
  if (users.length === 0) throw new UsageError(`${name} has no user`, "give a file with users");
  say(shown(`${name}: ${users.length} users (${form})`));
  return users;
}
