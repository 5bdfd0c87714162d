import { withFolder } from "../tools/lib/folder.ts";
import type { Before } from "./before.ts";
import { build } from "./build.ts";
import { KINDS, type Kind, signedCallback } from "./callbacks.ts";
import { startHarness } from "./harness.ts";
import { type Count, perMillion } from "./prices.ts";

export const SIZES = [1, 10, 100];

/** A friend response. Its record goes into the table without the queue. */
const AT_ONCE = 'friend response, `RECORD_TO = "table"`';
/** A friend response about nobody on a list. The isolate holds the blocklist's filter. */
const FILTERED = "friend response, filter";
type CountedKind = Kind | typeof AT_ONCE | typeof FILTERED;

type Counted = { dollarsPerMillion: number } & Count;
export type CountResult = { kind: CountedKind; size: number; before?: Counted } & Counted;

/**
 * The most that a callback may cost: one message, one statement, and one written row for each item. A friend
 * response has a key for the responder and two for each applicant. One read takes a hundred keys. With the
 * filter, it reads no keys.
 */
function budgetOf(kind: CountedKind, size: number): Count {
  const once = { queueOperations: kind === AT_ONCE ? 0 : 3, statements: 1 };
  const isFiltered = kind === FILTERED;
  return kind === "friend response" || kind === AT_ONCE || isFiltered
    ? {
        ...once,
        kvOperations: isFiltered ? 0 : Math.ceil((1 + 2 * size) / 100),
        keysRead: isFiltered ? 0 : 1 + 2 * size,
        rowsRead: 2 * size,
        rowsWritten: size,
      }
    : { ...once, kvOperations: 0, keysRead: 0, rowsRead: size, rowsWritten: size };
}

/** The figures that are over their budget, in words. */
export function overBudget(results: readonly CountResult[]): string[] {
  return results.flatMap((result) =>
    Object.entries(budgetOf(result.kind, result.size))
      .filter(([what, most]) => result[what as keyof Count] > most)
      .map(([what, most]) => {
        const { kind, size } = result;
        return `${kind}, ${size}: ${what} is ${result[what as keyof Count]}, and may be ${most}`;
      }),
  );
}

/**
 * The work that each callback causes in the product. It is counted in workerd with real local bindings. An
 * older product is counted by its own bench/worker/counting.ts, and only without settings that it may not have.
 */
export async function countCallbacks(before: Before | undefined): Promise<CountResult[]> {
  return withFolder(async (dir) => {
    await build(dir, "bench/worker/counting.ts");
    const plain = await counted(dir, KINDS, {});
    const atOnce = await counted(dir, [AT_ONCE], { RECORD_TO: "table" });
    const filtered = await counted(dir, [FILTERED], { BLOCKLIST_FILTER: "true" });
    const results = [...plain, ...atOnce, ...filtered];
    if (before === undefined) return results;
    await build(`${dir}/before`, "bench/worker/counting.ts", before.root);
    const older = await counted(`${dir}/before`, KINDS, {}, before.root);
    return results.map((result) => besideOlder(result, older));
  });
}

function besideOlder(result: CountResult, older: readonly CountResult[]): CountResult {
  const same = older.find(({ kind, size }) => kind === result.kind && size === result.size);
  if (same === undefined) return result;
  const { kind: _kind, size: _size, ...before } = same;
  return { ...result, before };
}

async function counted(
  dir: string,
  kinds: readonly CountedKind[],
  vars: Record<string, string>,
  from?: string,
): Promise<CountResult[]> {
  const harness = await startHarness(dir, 1, vars, from);
  try {
    if (kinds.includes(FILTERED)) {
      await fetch(`${harness.origin}/keep-filter`);
      // The first callback starts the reading of the filter.
      await countOf(harness.origin, FILTERED, 1);
    }
    const results: CountResult[] = [];
    for (const kind of kinds) {
      for (const size of SIZES) {
        const count = await countOf(harness.origin, kind, size);
        const dollarsPerMillion = Number(perMillion(count).toFixed(2));
        results.push({ kind, size, ...count, dollarsPerMillion });
      }
    }
    return results;
  } finally {
    await harness.close();
  }
}

/** A deletion is counted after the addition of the same pairs. A friend response is counted alone. */
async function countOf(origin: string, kind: CountedKind, size: number): Promise<Count> {
  const before = await settled(origin);
  const callback = kind === FILTERED || kind === AT_ONCE ? "friend response" : kind;
  const { path, body } = await signedCallback(callback, size, "user");
  const response = await fetch(origin + path, { method: "POST", body });
  const reply = (await response.json()) as { ActionStatus: string };
  if (reply.ActionStatus !== "OK") throw new Error(`${kind}: ${JSON.stringify(reply)}`);
  const after = await settled(origin);
  return Object.fromEntries(
    Object.entries(after).map(([what, value]) => [what, value - before[what as keyof Count]]),
  ) as Count;
}

/** The figures, once no message is under way any more. */
async function settled(origin: string): Promise<Count> {
  for (;;) {
    const answer = (await (await fetch(`${origin}/count`)).json()) as {
      count: Count;
      underWay: number;
    };
    if (answer.underWay === 0) return answer.count;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
