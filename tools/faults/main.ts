/**
 * `npm run test:faults`: runs the fault harness of test/integration/faults.test.ts in rounds, each with other
 * seeds. It stops when enough callbacks were played. Its figures are in docs/performance.md.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import Table from "cli-table3";
import { Option } from "commander";
import { whole } from "../lib/arguments.ts";
import { outputOf } from "../lib/child.ts";
import { withHelp } from "../lib/help.ts";
import { EXIT, interrupted, printJson, run, say, ToolError, tool, withJson } from "../lib/tool.ts";
import { root } from "../lib/wrangler.ts";
import { played, type Round, readRounds, roundIn, sumsOf, writeRounds } from "./rounds.ts";

const program = tool({
  command: "npm run test:faults --",
  description:
    "Plays callbacks against the Worker, its consumer and D1 while the queue, the databases and the handler " +
    "fail, and compares every row with the truth. Rounds go on until there were as many callbacks as are " +
    "wanted. What was played is in a file, so that it goes on there after Ctrl-C.",
  no: "something was lost, or is wrong",
})
  .option("--callbacks <number>", "how many are to be played", whole(1, 100_000_000), 60_000)
  .addOption(
    new Option("--state <file>", "what was played so far").default(
      join(root, ".wrangler", "friendgate", "faults.json"),
      ".wrangler/friendgate/faults.json",
    ),
  )
  .action(play);

await run(
  withHelp(withJson(program), {
    examples: {
      "npm run test:faults -- --callbacks 1000000": "hours, which can be interrupted",
      "npm run -s test:faults -- --json": "one round, as JSON",
    },
  }),
);

type Options = { callbacks: number; state: string; json?: true };

async function play({ callbacks, state, json }: Options): Promise<void> {
  const rounds = readRounds(state);
  while (played(rounds) < callbacks) {
    rounds.push(await playRound(rounds.length));
    writeRounds(state, rounds);
    say(`${played(rounds)} of ${callbacks} callbacks`);
  }
  const sums = sumsOf(rounds);
  if (json) printJson(sums);
  else {
    const names = Object.keys(sums[0] ?? {});
    const table = new Table({ head: ["", ...sums.map(({ scenario }) => String(scenario))] });
    for (const name of names.slice(1)) table.push({ [name]: sums.map((sum) => String(sum[name])) });
    console.log(table.toString());
  }
}

/** @throws where the harness finds a loss, or cannot run */
async function playRound(round: number): Promise<Round> {
  const child = spawn(
    process.execPath,
    [
      join(root, "node_modules", "vitest", "vitest.mjs"),
      ...["run", "--project", "workerd", "test/integration/faults.test.ts"],
    ],
    {
      cwd: root,
      env: { ...process.env, FAULTS_ROUND: String(round) },
      stdio: ["ignore", "pipe", "pipe"],
      signal: interrupted,
    },
  );
  const { code, stdout } = await outputOf(child);
  if (code === 0) return roundIn(stdout);
  throw new ToolError(
    `round ${round} failed`,
    `see what it says: FAULTS_ROUND=${round} npx vitest run --project workerd test/integration/faults.test.ts`,
    EXIT.no,
  );
}
