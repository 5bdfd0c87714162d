import { type Shards, shards as shardsAnswer } from "../../src/api/answers.ts";
import { interrupted } from "../lib/tool.ts";
import { type Finding, failed, ok, unknown, warning } from "./finding.ts";

const TIMEOUT_MS = 10_000;
const WHAT = "databases";

/** At this size, days or weeks are left. Moving takes hours. */
const GB_MAX = 10;
const GB_WARNING = 8;

/**
 * Whether every database answers, has room, and is used.
 *
 * @param away the databases that do not answer, as /health says
 */
export async function shardsFinding(
  url: string,
  apiToken: string,
  away: readonly string[] = [],
): Promise<Finding> {
  if (away.length > 0) {
    const todo = "see Cloudflare's status page for D1; what is for them waits in the queue";
    return failed(WHAT, `no answer from ${away.join(", ")}`, todo);
  }
  try {
    const response = await fetch(new URL("/v1/shards", url), {
      headers: { Authorization: `Bearer ${apiToken}` },
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), interrupted]),
    });
    return roomFinding(shardsAnswer.parse(await response.json()));
  } catch {
    return unknown(WHAT, "this deployment does not tell", "deploy the newest version");
  }
}

export function roomFinding({
  databases,
  records,
}: Pick<Shards, "databases" | "records">): Finding {
  const sizes = databases.map(({ name, bytes }) =>
    bytes === null ? `${name} of unknown size` : `${name} ${gbOf(bytes).toFixed(1)} GB`,
  );
  const found = `${sizes.join(", ")} of ${GB_MAX} each`;
  if (databases.some(({ bytes }) => bytes !== null && gbOf(bytes) > GB_WARNING)) {
    return warning(WHAT, found, "`npm run reshard`: docs/growing.md");
  }
  const unused = databases
    // DB also has everything that exists only once.
    .filter(({ name, slots }) => slots === 0 && name !== records && name !== "DB")
    .map(({ name }) => name);
  return ok(WHAT, unused.length === 0 ? found : `${found}; no slot in ${unused.join(", ")}`);
}

function gbOf(bytes: number): number {
  return bytes / 1e9;
}
