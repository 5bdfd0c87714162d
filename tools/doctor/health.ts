import * as z from "zod";
import { FILTER_STATES } from "../../src/blocklist/filter-state.ts";
import { SIGN_TOLERANCE_SECONDS } from "../../src/tencent/url.ts";
import { isLocal } from "../lib/target.ts";
import { interrupted } from "../lib/tool.ts";
import { reasonOf } from "../tencent/send.ts";
import { driftFindings } from "./drift.ts";
import { filterFindings } from "./filter.ts";
import { type Finding, failed, ok, unknown, warning } from "./finding.ts";
import { trafficFindings } from "./traffic.ts";

const backlogSchema = z.object({ depth: z.int(), oldestAgeSeconds: z.int() }).nullish();
const limitSchema = z.enum(["off", "observe", "enforce"]).optional();
const healthSchema = z.object({
  status: z.enum(["ok", "degraded", "misconfigured"]),
  deadLetters: backlogSchema,
  queue: backlogSchema,
  blocklistReadable: z.boolean().optional(),
  /** Absent if there is one database. */
  databasesAway: z.array(z.string()).optional(),
  callbacks: z
    .object({ lastAt: z.int().nullable(), silent: z.boolean(), signsWrong: z.boolean() })
    .nullish(),
  reconciliation: z
    .object({ ageSeconds: z.int(), users: z.int(), driftPerThousand: z.number() })
    .nullish(),
  version: z.object({ friendgate: z.string(), deployment: z.string() }).optional(),
  blocklistMode: z.enum(["enforce", "observe"]).optional(),
  blocklistFilter: z
    .union([
      z.literal("off"),
      z.object({
        ageSeconds: z.int().nullable(),
        keys: z.int().nullable(),
        state: z.enum(FILTER_STATES),
      }),
    ])
    .optional(),
  requestRate: limitSchema,
  requestsPerDay: limitSchema,
  /** Absent if there is none. */
  backend: z
    .intersection(
      z.discriminatedUnion("reachable", [
        z.object({ reachable: z.literal(true), status: z.int() }),
        z.object({ reachable: z.literal(false), reason: z.string() }),
      ]),
      z.object({ queue: backlogSchema }),
    )
    .optional(),
});
type Backlog = z.output<typeof backlogSchema>;
export type Health = z.output<typeof healthSchema>;

export type HealthReply =
  | { ok: true; status: number; text: string; dateMs: number | undefined; localMs: number }
  | { ok: false; error: string };

const TIMEOUT_MS = 10_000;

/** GET /health. It is at the root, also if the callback has another path. */
export async function readHealth(url: string, apiToken?: string): Promise<HealthReply> {
  const sentMs = Date.now();
  try {
    const response = await fetch(new URL("/health", url), {
      headers: apiToken === undefined ? {} : { Authorization: `Bearer ${apiToken}` },
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), interrupted]),
    });
    // The server wrote its Date about half-way between the two.
    const localMs = (sentMs + Date.now()) / 2;
    const dateMs = Date.parse(response.headers.get("Date") ?? "");
    return {
      ok: true,
      status: response.status,
      text: await response.text(),
      dateMs: Number.isNaN(dateMs) ? undefined : dateMs,
      localMs,
    };
  } catch (error) {
    return { ok: false, error: reasonOf(error) };
  }
}

export function transportFinding(url: string): Finding {
  if (new URL(url).protocol === "https:") return ok("transport", "HTTPS");
  return isLocal(url)
    ? warning("transport", "HTTP, to this machine", "use HTTPS for a URL that Tencent calls")
    : failed("transport", "HTTP: Sign and accounts can be read on the way", "use HTTPS");
}

/** Whether it is friendgate that answers, and whether it knows its configuration. */
export function friendgateFinding({ status, text }: { status: number; text: string }): Finding {
  const health = parseHealth(text);
  if (health === undefined) {
    return failed(
      "friendgate",
      `HTTP ${status} at /health, and not what friendgate says there`,
      "check the host of --url, and that nothing is in front of the Worker",
    );
  }
  return health.status === "misconfigured"
    ? failed(
        "friendgate",
        "misconfigured",
        "the log (`npx wrangler tail`, or the terminal of `npm start`) names the variable that is wrong",
      )
    : ok("friendgate", "answers at /health");
}

/** A Date header has whole seconds, and the request takes time. */
const CLOCK_WARNING_MS = 5_000;

/** @param aheadMs by how much the server's clock is ahead of ours */
export function clockFinding(aheadMs: number | undefined): Finding {
  if (aheadMs === undefined) {
    return unknown("clock", "the server sends no Date header (a local one never does)");
  }
  const found = `this machine and the server differ by ${Math.round(Math.abs(aheadMs) / 1000)} s`;
  if (Math.abs(aheadMs) < CLOCK_WARNING_MS) return ok("clock", found);
  const todo = "set this machine's clock: what it signs would be refused";
  return Math.abs(aheadMs) > SIGN_TOLERANCE_SECONDS * 1000
    ? failed("clock", found, todo)
    : warning("clock", found, todo);
}

/** A change is in the table within a second or two. If it takes minutes, no consumer runs. */
const BACKLOG_WARNING_SECONDS = 300;

/** What /health tells with the API token. */
export function storeFindings({ status, text }: { status: number; text: string }): Finding[] {
  if (status === 401) {
    return [failed("stores", "the API token is refused", "give the deployment's API_TOKEN")];
  }
  const health = parseHealth(text);
  if (health?.deadLetters === undefined || health.blocklistReadable === undefined) {
    return [unknown("stores", "this deployment does not tell", "deploy the newest version")];
  }
  return [
    ...trafficFindings(health),
    health.blocklistReadable
      ? ok("blocklist", "can be read")
      : failed("blocklist", "cannot be read", "see Cloudflare's status page for KV"),
    ...filterFindings(health),
    deadLettersFinding(health.deadLetters),
    backlogFinding("queue", health.queue, "`npx wrangler tail` shows whether the consumer runs"),
    ...driftFindings(health),
  ];
}

function deadLettersFinding(deadLetters: Backlog): Finding {
  if (!deadLetters) {
    return failed("dead letters", "the database does not answer", "see Cloudflare's status page");
  }
  const { depth, oldestAgeSeconds } = deadLetters;
  return depth === 0
    ? ok("dead letters", "none")
    : failed(
        "dead letters",
        `${depth}, the oldest ${oldestAgeSeconds} s old`,
        "see docs/operations.md, Dead letters",
      );
}

/** @param todo what to do if something has waited too long */
export function backlogFinding(what: string, queue: Backlog, todo: string): Finding {
  if (!queue) return unknown(what, "the platform does not tell its depth");
  const { depth, oldestAgeSeconds } = queue;
  const found = depth === 0 ? "empty" : `${depth}, the oldest ${oldestAgeSeconds} s old`;
  return depth > 0 && oldestAgeSeconds > BACKLOG_WARNING_SECONDS
    ? warning(what, found, todo)
    : ok(what, found);
}

export function parseHealth(text: string): Health | undefined {
  try {
    return healthSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
