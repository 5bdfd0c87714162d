import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, it } from "vitest";
import { root } from "../../tools/lib/wrangler.ts";
import { runCommand, startDev } from "../support/commands.ts";

const API_TOKEN = "local-api-token";
const DEPLOYMENT = "https://im.example.com";
/** What speaks to the account: only that there is such a command can be tried without one. */
const NEEDS_ACCOUNT =
  /^(?:echo \w+ \| )?npx wrangler (?:tail|rollback|delete|secret \w+|queues consumer \w+|queues [\w-]+|kv namespace \w+|d1 (?:create|delete|export))\b/;

const commandsOfPages: [page: string, command: string][] = [
  ...commandsOf("docs/operations.md"),
  ...commandsOf("docs/growing.md", "Retention"),
  ...commandsOf("docs/deploy.md", "Leaving"),
];

let dev: Awaited<ReturnType<typeof startDev>>;
beforeAll(async () => {
  dev = await startDev({ API_TOKEN });
});
afterAll(() => dev.stop());

describe("the pages for operators", () => {
  it("have commands", ({ expect }) => {
    expect(new Set(commandsOfPages.map(([page]) => page)).size).toBe(3);
  });

  it.for(commandsOfPages)("%s shows a command that works: %s", async ([, command], { expect }) => {
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
      CALLBACK_TOKEN: "local-callback-token",
      ID: "m1",
    });
    // The dead letter that waits is what the doctor finds.
    const isNo = command.includes("doctor");
    expect({ code, stdout, stderr }).toMatchObject({ code: isNo ? 1 : 0 });
    expect(stdout).toMatch(expected(command));
  });
});

/** Each command once; of what cannot be run here, each command of wrangler's. */
function commandsOf(page: string, heading?: string): [page: string, command: string][] {
  const text = readFileSync(`${root}/${page}`, "utf8");
  const chapter =
    heading === undefined ? text : text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0];
  const blocks = [...(chapter ?? "").matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)];
  const lines = blocks.flatMap(([, , block = ""]) => block.trim().split(/\n */));
  const byWhatIsTried = new Map(lines.map((line) => [NEEDS_ACCOUNT.exec(line)?.[0] ?? line, line]));
  return [...byWhatIsTried.values()].map((command) => [page, command]);
}

/** The same command for a server and a storage that are this test's own. */
function asHere(command: string): string {
  const origin = dev.url.replace(/\/$/, "");
  if (NEEDS_ACCOUNT.test(command)) return `${command} --help`;
  return command
    .replace(DEPLOYMENT, origin)
    .replace("http://localhost:8787", origin)
    .replace(/ > \w+\.csv$/, "")
    .replace(
      "--remote",
      `${command.startsWith("npx") ? "--local " : ""}--persist-to ${dev.folder}`,
    );
}

/** What a command prints when it has done its work. */
function expected(command: string): RegExp {
  if (NEEDS_ACCOUNT.test(command))
    return /^wrangler (?:tail|queues|rollback|secret|delete|kv|d1)\b/m;
  if (command.includes("/health")) {
    return /^\{"status":"ok","deadLetters":\{"depth":1,"oldestAgeSeconds":\d+\},"queue":/;
  }
  if (command.includes("scheduled")) return /^ok$/;
  if (command.includes("doctor")) return /^failed +dead letters +1, /m;
  if (command.includes("simulate")) return /^Tencent +0 of 1 items blocked$/m;
  if (command.includes("explain")) return /it passes\.$/m;
  if (command.includes("export")) return /^kind,/m;
  if (command.startsWith("openssl rand")) return /^[0-9a-f]{32}$/m;
  if (command.startsWith("printf")) return /^[0-9a-f]{16}$/m;
  if (command.includes("blocklist -- filter"))
    return /^BLOCKLIST_FILTER is off: all keys are read\.$/m;
  if (command.includes("blocklist -- add")) return /^Stored pair:alice:bob /m;
  if (command.includes("blocklist")) return /^\d+ (?:of \d+ )?rules? in local storage/m;
  if (command.includes("list")) return /m1.*exhausted/;
  if (command.includes("show")) return /"id": "m1"[\s\S]*"alice"/;
  // Of a range in the past nothing waits.
  if (command.includes("redrive --since")) return /^0 redriven, 0 left waiting/m;
  if (command.includes("redrive")) return /^1 redriven, 0 left waiting/m;
  if (command.includes("discard")) return /^1 discarded/m;
  if (command.includes("d1 execute")) return /success|count|position/;
  return /^$/;
}
