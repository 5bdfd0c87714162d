import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, it } from "vitest";
import { root } from "../../tools/lib/wrangler.ts";
import { runCommand, startDev } from "../support/commands.ts";

const API_TOKEN = "local-api-token";
const DEPLOYMENT = "https://im.example.com";
/** What speaks to the account: only that there is such a command can be tried without one. */
const NEEDS_ACCOUNT = /^(?:echo \w+ \| )?npx wrangler (?:tail|queues|rollback|secret)\b/;

const chapters = ["Alerts: what they mean and what to do", "Dead letters", "Retention"];
const commands = chapters.flatMap((heading) => commandsOf(heading));

let dev: Awaited<ReturnType<typeof startDev>>;
beforeAll(async () => {
  dev = await startDev({ API_TOKEN });
});
afterAll(() => dev.stop());

describe("docs/operations.md", () => {
  it("has commands in each chapter", ({ expect }) => {
    for (const heading of chapters) expect(commandsOf(heading).length).toBeGreaterThan(0);
  });

  it.for(commands)("shows a command that works: %s", async (command, { expect }) => {
    const atMs = Date.now();
    const event = {
      ...{ v: 2, type: "friends-added", orderKey: atMs * 1_024, source: null, adminId: null },
      ...{ forced: false, pairs: [["alice", "bob", null]] },
    };
    await dev.sql(
      `INSERT OR REPLACE INTO dead_letters (id, first_at, last_at, attempts, reason, body)
       VALUES ('m1', ${atMs}, ${atMs}, 100, 'exhausted', '${JSON.stringify(event)}')`,
    );
    const { code, stdout, stderr } = await runCommand("sh", ["-c", asHere(command)], {
      API_TOKEN,
      ID: "m1",
    });
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(expected(command));
  });
});

function commandsOf(heading: string): string[] {
  const text = readFileSync(`${root}/docs/operations.md`, "utf8");
  const chapter = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return [...chapter.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
}

/** The same command for a server and a storage that are this test's own. */
function asHere(command: string): string {
  const origin = dev.url.replace(/\/$/, "");
  if (NEEDS_ACCOUNT.test(command)) return `${command} --help`;
  return command
    .replace(DEPLOYMENT, origin)
    .replace("http://localhost:8787", origin)
    .replace(
      "--remote",
      `${command.startsWith("npx") ? "--local " : ""}--persist-to ${dev.folder}`,
    );
}

/** What a command prints when it has done its work. */
function expected(command: string): RegExp {
  if (NEEDS_ACCOUNT.test(command)) return /wrangler (?:tail|queues update|secret (?:put|delete))/;
  if (command.includes("/health")) {
    return /^\{"status":"ok","deadLetters":\{"depth":1,"oldestAgeSeconds":\d+\},"queue":/;
  }
  if (command.includes("scheduled")) return /^ok$/;
  if (command.includes("blocklist")) return /^0 rules in local storage/m;
  if (command.includes("list")) return /m1.*exhausted/;
  if (command.includes("show")) return /"id": "m1"[\s\S]*"alice"/;
  // Of a range in the past nothing waits.
  if (command.includes("redrive --since")) return /^0 redriven, 0 left waiting/m;
  if (command.includes("redrive")) return /^1 redriven, 0 left waiting/m;
  if (command.includes("discard")) return /^1 discarded/m;
  if (command.includes("d1 execute")) return /success|count|position/;
  return /^$/;
}
