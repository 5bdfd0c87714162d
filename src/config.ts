import * as z from "zod/mini";
import { RULE_KINDS, type RuleKind } from "./blocklist/key.ts";
import {
  BACKEND_TIMEOUT_DEFAULT_MS,
  BACKEND_TIMEOUT_MAX_MS,
  BLOCKLIST_TIMEOUT_DEFAULT_MS,
  BLOCKLIST_TIMEOUT_MAX_MS,
  QUOTA_BLOCK_DEFAULT_HOURS,
  QUOTA_BLOCK_MAX_HOURS,
  REQUESTS_PER_DAY_MAX,
  RETENTION_DEFAULT_DAYS,
  RETENTION_MAX_DAYS,
  SECRET_MIN_CHARS,
  SLOTS,
  TOMBSTONE_MIN_DAYS,
} from "./limits.ts";
import { matching, orElse, sized, wholeInText } from "./schema.ts";
import { parseSlotMap, type SlotRange } from "./slots.ts";

/** Which decided friend responses are recorded. `blocked` includes those that a rule only observes. */
export const RECORD_MODES = ["all", "blocked", "none"] as const;
export type RecordMode = (typeof RECORD_MODES)[number];

/** How a record gets into its table: by the queue, or at once. */
export type RecordTo = "queue" | "table";

/** `observe`: an item that would be refused passes, and is recorded. */
export type EnforceMode = "enforce" | "observe";

/** The vars and secrets of a deployment, parsed once. Nothing else reads text from `env`. */
export type Config = {
  /** The SDKAppID whose callbacks are answered. */
  appId: string;
  /** Undefined only where `allowUnsigned` is true. */
  tokens: { current: string; previous?: string | undefined } | undefined;
  allowUnsigned: boolean;
  callbackPath: string;
  /** Opens everything that is not for Tencent. Undefined: this token opens nothing. */
  apiToken: string | undefined;
  /** The same for people who may only look, and change rules. */
  moderatorToken: string | undefined;
  /** Cloudflare Access protects the console's sign-in. Without a team nobody passes. */
  access: { aud: string; team: string | undefined } | undefined;
  blocklistKinds: readonly RuleKind[];
  blocklistTimeoutMs: number;
  /** `observe`: no rule refuses anything. What a rule would have refused is recorded. */
  blocklistMode: EnforceMode;
  onBlocklistError: "allow" | "block";
  /** Whether a filter holds the keys of all rules, and a key that it does not have is not read. */
  blocklistFilter: boolean;
  /** Whether a user's friend requests in a minute are limited. Undefined: no binding counts them. */
  requestRate: EnforceMode | undefined;
  /** How many friend requests of a user pass in a day. Undefined: any number. */
  requestsPerDay: Quota | undefined;
  /** Which decided friend responses are recorded. */
  recordResponses: RecordMode;
  recordTo: RecordTo;
  /** Whether the record has the client's address. */
  recordClientIp: boolean;
  /** How long these stay: the row of a deleted friendship, a settled dead letter, and a record. */
  tombstoneDays: number;
  deadLetterDays: number;
  responseDays: number;
  /**
   * Which database has which users. Undefined: this is not known. Then changes wait in the queue, and
   * nothing is read.
   */
  shards: readonly SlotRange[] | undefined;
  /** Whether it counts as a failure when nothing arrives any more. */
  alertOnSilence: boolean;
  /** The names of the dead letter queues. They get what the other queues have given up. */
  deadLetterQueues: readonly string[];
  /** The app's own backend. Undefined: friendgate answers OK to what it does not handle. */
  backend: BackendConfig | undefined;
};

export type Quota = {
  max: number;
  mode: EnforceMode;
  /** A user who passes the number gets a rule. It lasts so many hours. */
  blockHours: number;
};

export type BackendConfig = {
  url: string;
  /** From the arrival of a callback to the backend's answer. */
  timeoutMs: number;
  /** The answer to a before-callback when the backend does not answer. */
  onError: "fail" | "allow";
  /** Which commands it gets. The last match counts. Undefined: what friendgate does not handle. */
  commands: readonly CommandPattern[] | undefined;
};

/** The texts between the stars, in order. Without a star, the one part is the whole command. */
export type CommandPattern = { parts: readonly string[]; isIncluded: boolean };

/**
 * Each problem names the variable and what to do, and holds no value. A configuration that is ok may have
 * problems, too: an optional secret or SHARDS is wrong. They switch off only what that setting is for.
 */
export type ConfigResult =
  | { ok: true; config: Config; problems: string[] }
  | { ok: false; problems: string[] };

/** `KEY = ""` in wrangler.toml or .dev.vars means that it is not set. A bare number is a text here. */
const setting = <Schema extends z.ZodMiniType>(schema: Schema) =>
  z.pipe(
    z.transform((value) =>
      value === "" ? undefined : typeof value === "number" ? String(value) : value,
    ),
    schema,
  );

const text = () => z.string("must be a text");
const trueOr = (other: "true" | "false") =>
  setting(orElse(z.literal(["true", "false"], 'must be the text "true" or "false"'), other));
const number = (unit: string, min: number, max: number) =>
  wholeInText(min, max, `must be a whole number of ${unit} from ${min} to ${max}`);

const modeOr = (mode: EnforceMode) =>
  setting(orElse(z.literal(["enforce", "observe"], "must be enforce or observe"), mode));
/** An object of the platform, recognized by a method that it has. */
const binding = (method: string, problem: string) =>
  setting(
    z.optional(
      z
        .unknown()
        .check(
          z.refine(
            (value) => typeof (value as Record<string, unknown> | null)?.[method] === "function",
            problem,
          ),
        ),
    ),
  );

/** `npm start` takes these where a team has set nothing. They are public: the repository has them. */
const PUBLIC_SECRETS = ["local-callback-token", "local-api-token"];

/**
 * A secret, as people paste it. It may end with a line break, or be nothing but one.
 *
 * @param isLocal on somebody's own machine a token may be short, or public
 */
const secret = (isLocal: boolean) =>
  z.pipe(
    z.pipe(
      text(),
      z.transform((value) => value.trim()),
    ),
    z.string().check(
      sized(1, undefined, { error: "is blank: enter it again, or delete it", abort: true }),
      sized(
        isLocal ? 1 : SECRET_MIN_CHARS,
        undefined,
        `is shorter than ${SECRET_MIN_CHARS} characters, and can be guessed: take a longer one`,
      ),
      z.refine(
        (value) => isLocal || !PUBLIC_SECRETS.includes(value),
        "is the public value of `npm start`, which everybody knows: take one of your own",
      ),
    ),
  );

/** The values of these names, and the defaults of names that are not set. */
export const settings = (isLocal: boolean) =>
  z.object({
    SDK_APP_ID: setting(
      z
        .string("is not set: put your app's SDKAppID under [vars] in friendgate.toml, and deploy")
        .check(
          matching(
            /^\d+$/,
            "must be the digits of your app's SDKAppID, as the IM console shows them",
          ),
        ),
    ),
    CALLBACK_TOKEN: setting(z.optional(secret(isLocal))),
    ALLOW_UNSIGNED: trueOr("false"),
    CALLBACK_PATH: setting(
      orElse(
        text().check(
          matching(
            /^\/[\w\-./~]*$/,
            "must start with / and hold only letters, digits and - . _ ~ /",
          ),
          z.refine(
            (path) => !path.split("/").some((segment) => segment === "." || segment === ".."),
            "must not have . or .. between its slashes: no request would come with it",
          ),
        ),
        "/",
      ),
    ),
    BLOCKLIST_KINDS: setting(
      z.pipe(
        z.pipe(orElse(text(), "user,pair"), z.transform(listOf)),
        z.array(z.literal(RULE_KINDS, `must be a list of ${RULE_KINDS.join(", ")}`)),
      ),
    ),
    BLOCKLIST_MODE: modeOr("enforce"),
    BLOCKLIST_FILTER: trueOr("false"),
    ALERT_ON_SILENCE: trueOr("true"),
    BLOCKLIST_TIMEOUT_MS: setting(
      orElse(number("milliseconds", 1, BLOCKLIST_TIMEOUT_MAX_MS), BLOCKLIST_TIMEOUT_DEFAULT_MS),
    ),
    ON_BLOCKLIST_ERROR: setting(
      orElse(z.literal(["allow", "block"], "must be allow or block"), "allow"),
    ),
    REQUEST_RATE: binding("limit", "must be a [[ratelimits]] binding, which has the numbers"),
    REQUEST_RATE_MODE: modeOr("observe"),
    REQUESTS_PER_DAY: setting(z.optional(number("requests", 1, REQUESTS_PER_DAY_MAX))),
    REQUESTS_PER_DAY_MODE: modeOr("observe"),
    QUOTA_BLOCK_HOURS: setting(
      orElse(number("hours", 1, QUOTA_BLOCK_MAX_HOURS), QUOTA_BLOCK_DEFAULT_HOURS),
    ),
    RECORD_RESPONSES: setting(
      orElse(z.literal(RECORD_MODES, `must be one of ${RECORD_MODES.join(", ")}`), "all"),
    ),
    RECORD_CLIENT_IP: trueOr("true"),
    RECORD_TO: setting(orElse(z.literal(["queue", "table"], "must be queue or table"), "queue")),
    TOMBSTONE_DAYS: setting(
      orElse(number("days", TOMBSTONE_MIN_DAYS, RETENTION_MAX_DAYS), RETENTION_DEFAULT_DAYS),
    ),
    DEAD_LETTER_DAYS: setting(
      orElse(number("days", 1, RETENTION_MAX_DAYS), RETENTION_DEFAULT_DAYS),
    ),
    RESPONSE_DAYS: setting(orElse(number("days", 1, RETENTION_MAX_DAYS), RETENTION_DEFAULT_DAYS)),
    DEAD_LETTER_QUEUE: setting(
      z.pipe(
        z.string("is not set: put each dead_letter_queue of wrangler.toml under its [vars], too"),
        z.transform(listOf),
      ),
    ),
    BACKEND: binding("fetch", "must be a service binding: an address goes into BACKEND_URL"),
    BACKEND_URL: setting(z.optional(text().check(...backendUrl))),
    BACKEND_TIMEOUT_MS: setting(
      orElse(number("milliseconds", 1, BACKEND_TIMEOUT_MAX_MS), BACKEND_TIMEOUT_DEFAULT_MS),
    ),
    ON_BACKEND_ERROR: setting(
      orElse(z.literal(["fail", "allow"], "must be fail or allow"), "fail"),
    ),
    BACKEND_COMMANDS: setting(
      z.optional(
        z.pipe(
          text().check(
            matching(/^\s*!?\w*[.*][\w.*]*\s*(?:,\s*!?\w*[.*][\w.*]*\s*)*$/, {
              error: "must be a list of commands such as C2C.*,!C2C.CallbackAfterSendMsg",
              abort: true,
            }),
            z.refine(
              (list) => listOf(list).some((item) => !item.startsWith("!")),
              "leaves out what it never let in: to leave out some of all, begin with *, as in *,!State.*",
            ),
          ),
          z.transform((list) => listOf(list).map(toPattern)),
        ),
      ),
    ),
  });

const backendUrl = [
  z.refine<string>((url) => /^https?:\/\//.test(url) && URL.canParse(url), {
    error: "must be an address that starts with https:// or http://",
    abort: true,
  }),
  z.refine<string>((url) => !/\s/.test(url), "must have no blank or line break in it"),
  z.refine<string>(
    (url) => !url.includes("#") && new URL(url).username === "" && new URL(url).password === "",
    "must have no user, password or # in it",
  ),
];

function listOf(text: string): string[] {
  return text.split(",").map((item) => item.trim());
}

/** `*` stands for anything; `!` leaves out. */
function toPattern(item: string): CommandPattern {
  return { parts: item.replace("!", "").split("*"), isIncluded: !item.startsWith("!") };
}

/** A binding has no address, but a request needs one: for its host, and to append a query. */
const BINDING_URL = "https://backend/";

const apiToken = (isLocal: boolean) =>
  secret(isLocal).check(matching(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces"));

const parsed = new WeakMap<object, ConfigResult>();

/** The configuration in `env`, or everything that is wrong with it. */
export function readConfig(env: object): ConfigResult {
  const before = parsed.get(env);
  if (before !== undefined) return before;
  const result = parse(env);
  parsed.set(env, result);
  return result;
}

/** Each of these is read by itself. When one is wrong, callbacks are still answered. */
type LenientName =
  | "LOCAL"
  | "API_TOKEN"
  | "MODERATOR_TOKEN"
  | "ACCESS_AUD"
  | "ACCESS_TEAM"
  | "CALLBACK_TOKEN_PREVIOUS"
  | "SHARDS";
/** Every name that the configuration reads. */
export type SettingName = LenientName | keyof z.output<ReturnType<typeof settings>>;

function parse(env: object): ConfigResult {
  const {
    LOCAL,
    API_TOKEN,
    MODERATOR_TOKEN,
    ACCESS_AUD,
    ACCESS_TEAM,
    CALLBACK_TOKEN_PREVIOUS,
    SHARDS,
  } = env as Record<LenientName, unknown>;
  // `npm start` sets LOCAL in the configuration that it makes for itself. `npm run deploy` refuses it.
  const isLocal = LOCAL === "true";
  const { success, data, error } = settings(isLocal).safeParse(env);
  if (!success) {
    return {
      ok: false,
      problems: error.issues.map(({ path, message }) => `${String(path[0])} ${message}`),
    };
  }
  const allowUnsigned = data.ALLOW_UNSIGNED === "true";
  if (data.CALLBACK_TOKEN === undefined && !allowUnsigned) {
    return {
      ok: false,
      problems: [
        "CALLBACK_TOKEN is not set: run `npx wrangler secret put CALLBACK_TOKEN` with the token " +
          "from the IM console's callback configuration (locally: put it into .dev.vars)",
      ],
    };
  }
  const api = optional("API_TOKEN", apiToken(isLocal), API_TOKEN);
  const moderator = optional(
    "MODERATOR_TOKEN",
    apiToken(isLocal).check(z.refine((token) => token !== api.value, "must differ from API_TOKEN")),
    MODERATOR_TOKEN,
  );
  const access = accessOf(ACCESS_AUD, ACCESS_TEAM);
  const previous = optional("CALLBACK_TOKEN_PREVIOUS", secret(isLocal), CALLBACK_TOKEN_PREVIOUS);
  const shards = shardsOf(SHARDS, env);
  return {
    ok: true,
    problems: [api, moderator, access, previous, shards].flatMap(({ problems }) => problems),
    config: {
      appId: data.SDK_APP_ID,
      tokens:
        data.CALLBACK_TOKEN === undefined
          ? undefined
          : { current: data.CALLBACK_TOKEN, previous: previous.value },
      allowUnsigned,
      callbackPath: data.CALLBACK_PATH,
      apiToken: api.value,
      moderatorToken: moderator.value,
      access: access.value,
      blocklistKinds: RULE_KINDS.filter(
        (kind) =>
          data.BLOCKLIST_KINDS.includes(kind) ||
          // A user who passes the number gets a rule of this kind.
          (kind === "applicant" && data.REQUESTS_PER_DAY !== undefined),
      ),
      blocklistMode: data.BLOCKLIST_MODE,
      alertOnSilence: data.ALERT_ON_SILENCE === "true",
      blocklistTimeoutMs: data.BLOCKLIST_TIMEOUT_MS,
      onBlocklistError: data.ON_BLOCKLIST_ERROR,
      blocklistFilter: data.BLOCKLIST_FILTER === "true",
      requestRate: data.REQUEST_RATE === undefined ? undefined : data.REQUEST_RATE_MODE,
      requestsPerDay:
        data.REQUESTS_PER_DAY === undefined
          ? undefined
          : {
              max: data.REQUESTS_PER_DAY,
              mode: data.REQUESTS_PER_DAY_MODE,
              blockHours: data.QUOTA_BLOCK_HOURS,
            },
      recordResponses: data.RECORD_RESPONSES,
      recordTo: data.RECORD_TO,
      recordClientIp: data.RECORD_CLIENT_IP === "true",
      tombstoneDays: data.TOMBSTONE_DAYS,
      deadLetterDays: data.DEAD_LETTER_DAYS,
      responseDays: data.RESPONSE_DAYS,
      shards: shards.value,
      deadLetterQueues: data.DEAD_LETTER_QUEUE,
      backend:
        data.BACKEND === undefined && data.BACKEND_URL === undefined
          ? undefined
          : {
              url: data.BACKEND_URL ?? BINDING_URL,
              timeoutMs: data.BACKEND_TIMEOUT_MS,
              onError: data.ON_BACKEND_ERROR,
              commands: data.BACKEND_COMMANDS,
            },
    },
  };
}

/**
 * Callbacks are answered without SHARDS. So a wrong SHARDS must not keep them from the queue.
 *
 * @param setting SHARDS
 * @param bindings where the databases are bound
 */
export function shardsOf(
  setting: unknown,
  bindings: object,
): { value?: SlotRange[]; problems: string[] } {
  if (setting === undefined || setting === "")
    return { value: [{ database: "DB", first: 0, last: SLOTS - 1 }], problems: [] };
  const waits = "until then changes wait in the queue";
  const map = parseSlotMap(String(setting));
  if (typeof map === "string") return { problems: [`SHARDS ${map}; ${waits}`] };
  const unbound = map.filter(
    ({ database }) =>
      typeof (bindings as Record<string, Partial<D1Database>>)[database]?.prepare !== "function",
  );
  if (unbound.length === 0) return { value: map, problems: [] };
  const names = [...new Set(unbound.map(({ database }) => database))].join(" and ");
  return {
    problems: [
      `SHARDS has ${names}, which is bound to no D1 database: see wrangler.toml; ${waits}`,
    ],
  };
}

/** One without the other opens nothing: a team that set one of them wants the console to be closed. */
function accessOf(
  aud: unknown,
  team: unknown,
): { value?: NonNullable<Config["access"]>; problems: string[] } {
  if (!aud && !team) return { problems: [] };
  const isWhole = aud && /^https:\/\/[\w.-]+$/.test(String(team));
  return isWhole
    ? { value: { aud: String(aud), team: String(team) }, problems: [] }
    : {
        value: { aud: "", team: undefined },
        problems: [
          "ACCESS_AUD needs ACCESS_TEAM, such as https://team.cloudflareaccess.com, and the other way round; until then nobody signs in to the console",
        ],
      };
}

/** Whether a token is set. Without one there is neither an API nor a console. */
export function hasToken({ apiToken, moderatorToken }: Config): boolean {
  return (apiToken ?? moderatorToken) !== undefined;
}

/** An optional secret. A wrong one counts as not set, and is a problem. */
function optional(
  name: string,
  schema: z.ZodMiniType<string>,
  value: unknown,
): { value?: string; problems: string[] } {
  const parsed = setting(z.optional(schema)).safeParse(value);
  if (!parsed.success) {
    return { problems: [`${name} ${parsed.error.issues[0]?.message}; it counts as not set`] };
  }
  return parsed.data === undefined ? { problems: [] } : { value: parsed.data, problems: [] };
}
