import * as z from "zod/mini";
import { RULE_KINDS, type RuleKind } from "./blocklist/key.ts";
import {
  BLOCKLIST_TIMEOUT_DEFAULT_MS,
  BLOCKLIST_TIMEOUT_MAX_MS,
  RETENTION_DEFAULT_DAYS,
  RETENTION_MAX_DAYS,
  TOMBSTONE_MIN_DAYS,
} from "./limits.ts";

/** Which decided friend responses are recorded. `blocked` has those that a rule only observes, too. */
export const RECORD_MODES = ["all", "blocked", "none"] as const;
export type RecordMode = (typeof RECORD_MODES)[number];

/** The vars and secrets of a deployment, parsed once. Nothing else reads text from `env`. */
export type Config = {
  /** The SDKAppID whose callbacks are answered. */
  appId: string;
  /** Undefined only where `allowUnsigned` is true. */
  tokens: { current: string; previous?: string | undefined } | undefined;
  allowUnsigned: boolean;
  callbackPath: string;
  /** Opens what is not Tencent's to see; undefined: nobody gets in. */
  apiToken: string | undefined;
  blocklistKinds: readonly RuleKind[];
  blocklistTimeoutMs: number;
  onBlocklistError: "allow" | "block";
  /** Which decided friend responses are recorded. */
  recordResponses: RecordMode;
  /** How long the row of a deleted friendship stays, a dead letter that is settled, and a record. */
  tombstoneDays: number;
  deadLetterDays: number;
  responseDays: number;
};

export type ConfigResult =
  | { ok: true; config: Config }
  /** Each problem names the variable and what to do, and holds no value. */
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
const whole = (unit: string, min: number, max: number) => {
  const problem = `must be a whole number of ${unit} from ${min} to ${max}`;
  return z.pipe(
    z.pipe(z.string(problem).check(z.regex(/^\d+$/, problem)), z.transform(Number)),
    z.int(problem).check(z.minimum(min, problem), z.maximum(max, problem)),
  );
};

const settings = z.object({
  SDK_APP_ID: setting(
    z
      .string("is not set: put your app's SDKAppID under [vars] in wrangler.toml")
      .check(
        z.regex(
          /^\d{1,20}$/,
          "must be the digits of your app's SDKAppID, as the IM console shows them",
        ),
      ),
  ),
  CALLBACK_TOKEN: setting(z.optional(text())),
  CALLBACK_TOKEN_PREVIOUS: setting(z.optional(text())),
  ALLOW_UNSIGNED: setting(
    z._default(z.enum(["true", "false"], 'must be the text "true" or "false"'), "false"),
  ),
  CALLBACK_PATH: setting(
    z._default(
      text().check(
        z.regex(/^\/[\w\-./~]*$/, "must start with / and hold only letters, digits and - . _ ~ /"),
      ),
      "/",
    ),
  ),
  API_TOKEN: setting(
    z.optional(text().check(z.regex(/^[\x21-\x7e]+$/, "must be printable ASCII without spaces"))),
  ),
  BLOCKLIST_KINDS: setting(
    z.pipe(
      z.pipe(
        z._default(text(), "user,pair"),
        z.transform((list) => list.split(",").map((kind) => kind.trim())),
      ),
      z.array(z.enum(RULE_KINDS, `must be a list of ${RULE_KINDS.join(", ")}`)),
    ),
  ),
  BLOCKLIST_TIMEOUT_MS: setting(
    z._default(whole("milliseconds", 1, BLOCKLIST_TIMEOUT_MAX_MS), BLOCKLIST_TIMEOUT_DEFAULT_MS),
  ),
  ON_BLOCKLIST_ERROR: setting(
    z._default(z.enum(["allow", "block"], "must be allow or block"), "allow"),
  ),
  RECORD_RESPONSES: setting(
    z._default(z.enum(RECORD_MODES, `must be one of ${RECORD_MODES.join(", ")}`), "all"),
  ),
  TOMBSTONE_DAYS: setting(
    z._default(whole("days", TOMBSTONE_MIN_DAYS, RETENTION_MAX_DAYS), RETENTION_DEFAULT_DAYS),
  ),
  DEAD_LETTER_DAYS: setting(
    z._default(whole("days", 1, RETENTION_MAX_DAYS), RETENTION_DEFAULT_DAYS),
  ),
  RESPONSE_DAYS: setting(z._default(whole("days", 1, RETENTION_MAX_DAYS), RETENTION_DEFAULT_DAYS)),
});

const parsed = new WeakMap<object, ConfigResult>();

/** The configuration in `env`, or everything that is wrong with it. */
export function readConfig(env: object): ConfigResult {
  const before = parsed.get(env);
  if (before !== undefined) return before;
  const result = parse(env);
  parsed.set(env, result);
  return result;
}

function parse(env: object): ConfigResult {
  const { success, data, error } = settings.safeParse(env);
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
  return {
    ok: true,
    config: {
      appId: data.SDK_APP_ID,
      tokens:
        data.CALLBACK_TOKEN === undefined
          ? undefined
          : { current: data.CALLBACK_TOKEN, previous: data.CALLBACK_TOKEN_PREVIOUS },
      allowUnsigned,
      callbackPath: data.CALLBACK_PATH,
      apiToken: data.API_TOKEN,
      blocklistKinds: RULE_KINDS.filter((kind) => data.BLOCKLIST_KINDS.includes(kind)),
      blocklistTimeoutMs: data.BLOCKLIST_TIMEOUT_MS,
      onBlocklistError: data.ON_BLOCKLIST_ERROR,
      recordResponses: data.RECORD_RESPONSES,
      tombstoneDays: data.TOMBSTONE_DAYS,
      deadLetterDays: data.DEAD_LETTER_DAYS,
      responseDays: data.RESPONSE_DAYS,
    },
  };
}
