/** `npm run bench`: what friendgate costs, counted and measured. */
import Table from "cli-table3";
import { Command, Option } from "commander";
import { type Before, withBefore } from "./before.ts";
import { measureConsumer } from "./consumer.ts";
import { countCallbacks, overBudget } from "./counts.ts";
import { writeDocuments } from "./documents.ts";
import { measureEdge } from "./edge.ts";
import { measureLoad } from "./load.ts";
import { measurePeers } from "./peers.ts";
import { measureRelay } from "./relay.ts";
import {
  conditions,
  type PartName,
  type Parts,
  type Results,
  readResults,
  writeResults,
} from "./results.ts";
import { measureShards } from "./shards.ts";
import { measureSizes } from "./sizes.ts";
import { measureSoak } from "./soak.ts";
import { EVALUATED_MAX_KIB, GZIP_MAX_KIB, measureStartup } from "./startup.ts";
import { ratiosOf, tablesOf } from "./tables.ts";

const QUICK_ROUNDS = { seconds: 1, warmUp: 2_000 };

/** How each part is measured, for a quick run and for the record. */
const MEASURE: {
  [Name in PartName]: (quick: boolean, before: Before | undefined) => Promise<Parts[Name]>;
} = {
  counts: (_, before) => countCallbacks(before),
  edge: (quick, before) =>
    measureEdge(
      quick ? { ...QUICK_ROUNDS, rounds: 2, workloads: 2 } : { rounds: 9, seconds: 2 },
      before,
    ),
  relay: (quick) =>
    measureRelay(
      quick
        ? { ...QUICK_ROUNDS, rounds: 1, callbacks: 100 }
        : { rounds: 9, seconds: 2, callbacks: 200 },
    ),
  peers: (quick, before) =>
    measurePeers(
      quick ? { rounds: 1, callbacks: 1_000, workloads: 2 } : { rounds: 7, callbacks: 5_000 },
      before,
    ),
  // The largest table takes half of the time, and a quick run records nothing.
  consumer: (quick) => measureConsumer(quick ? { rounds: 1, tables: 2 } : { rounds: 9 }),
  shards: (quick) =>
    measureShards(quick ? { rows: 20_000, rounds: 1 } : { rows: 3_000_000, rounds: 29 }),
  sizes: (quick) => measureSizes(quick ? 10_000 : 300_000),
  startup: (quick, before) => measureStartup(quick ? 1 : 5, before),
  load: (quick) => (quick ? measureLoad(10, 200) : measureLoad(60, 1_000)),
  soak: (quick, before) => measureSoak(quick ? 2 : 125, before),
};
const PART_NAMES = Object.keys(MEASURE) as PartName[];
/** The parts that measure an older product beside the present one. */
const COMPARED: readonly PartName[] = ["counts", "edge", "peers", "startup", "soak"];

const program = new Command("bench")
  .description("Counts and measures what friendgate costs. See docs/performance.md.")
  .addOption(
    new Option(
      "--quick",
      "fewer and shorter rounds: ends within two minutes, and only compares; nothing is written",
    ),
  )
  .addOption(new Option("--only <part...>", "these parts, and no others").choices(PART_NAMES))
  .addOption(
    new Option(
      "--before <commit>",
      `measures the product of that commit, too, in the same run: ${COMPARED.join(", ")}`,
    ),
  )
  .addHelpText(
    "after",
    `
Without --quick the figures go to bench/results.json, and from there into docs/performance.md and
README.md. Run it on a machine that has nothing else to do: it says how far its rounds lie apart.

With --before the product of that commit is built with the packages and measured with the benchmark of
today, so only its own code is older. A run without it records no figures of an older product.

Exit code: 1 when a callback costs more than its budget, when the counts are not those of
bench/results.json, when the table is not the truth after the load, or when the bundle is too large.
Never because of time.`,
  )
  .parse();
const {
  quick = false,
  only = PART_NAMES,
  before: commit,
} = program.opts<{ quick?: boolean; only?: PartName[]; before?: string }>();

// Nothing is looked up on the network.
process.env.CLOUDFLARE_CF_FETCH_ENABLED = "false";

const results: Results = quick ? {} : readResults();
const problems: string[] = [];
if (commit === undefined) await measureAll(undefined);
else await withBefore(commit, measureAll);
for (const ratio of ratiosOf(results)) console.log(`bench: ${ratio}`);
check();
if (!quick) writeDocuments(results);
for (const problem of problems) console.error(problem);
process.exit(problems.length === 0 ? 0 : 1);

async function measureAll(before: Before | undefined): Promise<void> {
  for (const name of only) {
    const startedMs = performance.now();
    await measure(name, COMPARED.includes(name) ? before : undefined);
    for (const table of tablesOf(name, results)) print(table);
    if (!quick) writeResults(results);
    console.log(`${name}: ${((performance.now() - startedMs) / 1000).toFixed(0)} s\n`);
  }
}

async function measure<Name extends PartName>(
  name: Name,
  before: Before | undefined,
): Promise<void> {
  const result = await MEASURE[name](quick, before);
  const older = before && { before: before.commit };
  Object.assign(results, { [name]: { ...conditions(), ...older, result } });
}

function check(): void {
  const counts = results.counts?.result;
  if (counts !== undefined) {
    problems.push(...overBudget(counts));
    if (quick && ofToday(counts) !== ofToday(readResults().counts?.result)) {
      problems.push("The counts are not those of results.json: npm run bench -- --only counts");
    }
  }
  const { missing = 0, extra = 0, stale = 0 } = results.load?.result ?? {};
  if (missing + extra + stale > 0) {
    problems.push(`Under load: ${missing} pairs missing, ${extra} extra, ${stale} stale.`);
  }
  const { gzipKib = 0, evaluated } = results.startup?.result ?? {};
  if (gzipKib > GZIP_MAX_KIB) problems.push(`The bundle has ${gzipKib} KiB gzipped.`);
  const atStart = evaluated?.gzipKib ?? 0;
  if (atStart > EVALUATED_MAX_KIB)
    problems.push(`${atStart} KiB gzipped are evaluated at the start.`);
}

function ofToday(counts: Parts["counts"] | undefined): string | undefined {
  return JSON.stringify(counts?.map(({ before: _, ...now }) => now));
}

function print({ title, head, rows }: { title: string; head: string[]; rows: string[][] }): void {
  const table = new Table({ head, style: { head: [], border: [] } });
  table.push(...rows);
  console.log(`${title}\n${table}`);
}
