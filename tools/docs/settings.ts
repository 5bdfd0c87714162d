import type { SettingName } from "../../src/config.ts";

export type Setting = {
  kind: "var" | "secret" | "binding";
  /** One plain sentence, or two. */
  does: string;
};

/** What docs/configuration.md says about each name, in this order. If one is missing, it does not compile. */
export const SETTINGS: Record<SettingName, Setting> = {
  SDK_APP_ID: {
    kind: "var",
    does: "The SDKAppID of your app. Callbacks of other apps are refused.",
  },
  CALLBACK_TOKEN: {
    kind: "secret",
    does: "The token of the callback authentication, as the IM console has it. Blanks around it are removed.",
  },
  CALLBACK_TOKEN_PREVIOUS: {
    kind: "secret",
    does: "The token before the current one. Both are accepted while you [change the token](operations.md#rotating-the-callback-token).",
  },
  ALLOW_UNSIGNED: {
    kind: "var",
    does: "`true` accepts callbacks without `Sign`. Then anybody who knows the URL can write into your tables.",
  },
  CALLBACK_PATH: {
    kind: "var",
    does: "The path to which Tencent sends callbacks. A path that nobody can guess protects the URL a second time.",
  },
  API_TOKEN: {
    kind: "secret",
    does: "The bearer token of the [read API](api.md) and of the figures of `/health`. Without it both are off.",
  },
  MODERATOR_TOKEN: {
    kind: "secret",
    does: "The same for who moderates: reads and explains everything, and changes rules. It opens the [console](console.md), too.",
  },
  ACCESS_AUD: {
    kind: "var",
    does: "The audience of your application in Cloudflare Access. With it only who Access lets through can sign in to the console.",
  },
  ACCESS_TEAM: {
    kind: "var",
    does: "The address of your team in Cloudflare Access, for example `https://team.cloudflareaccess.com`.",
  },
  BLOCKLIST_KINDS: {
    kind: "var",
    does: "The kinds of rules that are looked up. Each kind costs key reads.",
  },
  BLOCKLIST_MODE: {
    kind: "var",
    does: "`observe`: no rule refuses anything, and the record says what would have been refused.",
  },
  BLOCKLIST_FILTER: {
    kind: "var",
    does: "`true` keeps a [filter](blocklist.md#a-filter-no-read-for-who-is-on-no-list) of all keys, so that most keys without a rule are not read.",
  },
  BLOCKLIST_TIMEOUT_MS: {
    kind: "var",
    does: "How long a decision waits for the blocklist, in milliseconds. Tencent waits 2,000 in all.",
  },
  ON_BLOCKLIST_ERROR: {
    kind: "var",
    does: "What happens to an item whose rules cannot be read in time. `block` refuses it with code 38001 if it would add a friend.",
  },
  REQUEST_RATE: {
    kind: "binding",
    does: "How many friend requests of one user pass in a minute. The binding has the numbers.",
  },
  REQUEST_RATE_MODE: {
    kind: "var",
    does: "Whether a request over that rate is refused, or only recorded.",
  },
  REQUESTS_PER_DAY: {
    kind: "var",
    does: "How many friend requests of one user pass in a day (UTC).",
  },
  REQUESTS_PER_DAY_MODE: {
    kind: "var",
    does: "Whether a user who sends more gets a rule in force, or a rule that only observes.",
  },
  QUOTA_BLOCK_HOURS: {
    kind: "var",
    does: "How long that rule lasts, in hours.",
  },
  RECORD_RESPONSES: {
    kind: "var",
    does: "Which decisions about friend requests and responses are recorded. `blocked` includes what a rule only observes.",
  },
  RECORD_CLIENT_IP: {
    kind: "var",
    does: "Whether the record and the metrics have the client's address. Rules about addresses work all the same.",
  },
  RECORD_TO: {
    kind: "var",
    does: "How a record gets into its table: by the queue, or directly, which is [cheaper](performance.md#cheaper-records) up to some hundred callbacks a second.",
  },
  RESPONSE_DAYS: {
    kind: "var",
    does: "How long these records are kept, in days.",
  },
  TOMBSTONE_DAYS: {
    kind: "var",
    does: "How long the row of a deleted friendship or block is kept, in days. A queue can hold a late message for 14 days.",
  },
  DEAD_LETTER_DAYS: {
    kind: "var",
    does: "How long a [dead letter](operations.md#dead-letters) is kept after somebody has settled it, in days.",
  },
  DEAD_LETTER_QUEUE: {
    kind: "var",
    does: "The name of each `dead_letter_queue`, separated by commas. `wrangler.toml` has it, and the tools keep it right.",
  },
  SHARDS: {
    kind: "var",
    does: "Which database has which users, for example `DB 0-511, DB_2 512-1023`. Without it `DB` has all.",
  },
  BACKEND_URL: {
    kind: "var",
    does: "The address of your own callback handler. Without it and `BACKEND`, other callbacks are answered OK and not kept.",
  },
  BACKEND: {
    kind: "binding",
    does: "Your own callback handler, if it is a Worker of the same account.",
  },
  BACKEND_TIMEOUT_MS: {
    kind: "var",
    does: "How long friendgate waits for your handler, in milliseconds from the arrival of the callback.",
  },
  ON_BACKEND_ERROR: {
    kind: "var",
    does: "What Tencent is answered before an action if your handler is late or down: `fail` is HTTP 502, `allow` is OK.",
  },
  BACKEND_COMMANDS: {
    kind: "var",
    does: "The commands that your handler gets. `*` stands for anything, `!` excludes, and the last match counts. Without it: what friendgate does not handle.",
  },
  ALERT_ON_SILENCE: {
    kind: "var",
    does: "Whether the log and `/health` report that no authentic callback came for an hour, if one usually does.",
  },
  LOCAL: {
    kind: "var",
    does: "`npm start` sets it to `true`. Then tokens may be short or public. `npm run deploy` refuses it.",
  },
};

/** The Worker uses these bindings if they exist. Nothing can be wrong about them. */
export const OPTIONAL_BINDINGS = {
  METRICS: "An Analytics Engine dataset that gets a [data point](metrics.md) for each decision.",
  "DB_…": "More D1 databases, which `SHARDS` names.",
  RECORDS:
    "A D1 database for the record of decisions, the daily counts and the dead letters. Without it they are in `DB`.",
};
