import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { root } from "../../tools/lib/wrangler.ts";
import { runCommand } from "../support/commands.ts";
import { besideFriendgate } from "../support/neighbour.ts";

const API_TOKEN = "local-api-token";
/** Inside of the project, so that what the snippets import is found. */
const folder = await mkdtemp(`${await made(`${root}/.wrangler`)}/readme-`);
const snippets = await snippetsOf("docs/app-backend.md");

await writeFile(
  join(folder, "wrangler.toml"),
  `name = "app-backend"\nmain = "worker.ts"\ncompatibility_date = "2026-09-18"\n${snippets.toml[0]}`,
);
await writeFile(join(folder, "worker.ts"), inFolder(snippets.ts[1] ?? ""));

const { harness, start, sql } = besideFriendgate(join(folder, "wrangler.toml"), API_TOKEN);
let origin = "";

const pairs = [
  ["alice", "bob"],
  ["bob", "alice"],
  ["bob", "carol"],
  ["bob", "eve"],
  ["dora", "bob"],
].map(([user, friend]) => `('${user}', '${friend}', 1, 1)`);

beforeAll(async () => {
  origin = await start();
  await sql(
    `INSERT INTO friends (user_id, friend_id, order_key, added_at) VALUES ${pairs.join(", ")}`,
  );
  await sql(`INSERT INTO friend_responses (at, call_id, item, responder_id, applicant_id, action, code)
VALUES (1, 'a', 0, 'alice', 'spammer', 'AgreeAndAdd', 38000), (2, 'b', 0, 'bob', 'carol', 'Agree', 0)`);
});
afterAll(async () => {
  await harness.close();
  await rm(folder, { recursive: true });
});

describe("docs/app-backend.md", () => {
  it("asks with curl, and is answered", async ({ expect }) => {
    const commands = (snippets.sh[0] ?? "").trim().split("\n");
    const outputs = [];
    for (const command of commands) {
      const { code, stdout } = await runCommand("sh", ["-c", here(command)]);
      expect(code).toBe(0);
      outputs.push(stdout === "" ? undefined : JSON.parse(stdout));
    }
    expect(outputs).toMatchObject([
      { friends: [{ friendId: "bob" }], cursor: null },
      { direction: "mutual", blockedAt: null, blockedBackAt: null },
      { blacklist: [], deleted: [], cursor: null },
      { recommendations: [{ userId: "carol", mutualFriends: 1 }, { userId: "eve" }] },
      undefined,
      { responses: [{ applicantId: "spammer", code: 38_000 }] },
      { requests: [] },
      { deadLetters: 0 },
      { friendships: 1 },
    ]);
  });

  it("syncs with the typed client", async ({ expect }) => {
    const file = join(folder, "client.ts");
    await writeFile(file, here(inFolder(snippets.ts[0] ?? "")));
    expect(await runCommand(process.execPath, [file])).toEqual({
      code: 0,
      stdout: "[ 'bob' ]\n",
      stderr: "",
    });
  });

  it("asks from another Worker", async ({ expect }) => {
    const response = await harness.getWorker("app-backend").fetch("http://app-backend/");
    expect(await response.json()).toMatchObject({ direction: "mutual" });
  });

  it("type-checks what it shows", async ({ expect }) => {
    await writeFile(join(folder, "client.ts"), inFolder(snippets.ts[0] ?? ""));
    await writeFile(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: "../../tsconfig.json", include: ["*.ts", "../../src/env.d.ts"] }),
    );
    const checked = await runCommand("npx", ["tsc", "-p", folder]);
    expect(checked.stdout).toBe("");
    expect(checked.code).toBe(0);
  });

  it("prints the record as lines of JSON", async ({ expect }) => {
    const { code, stdout, stderr } = await runCommand(
      "sh",
      ["-c", `${(snippets.sh[1] ?? "").trim()} --url ${origin}`],
      { API_TOKEN },
    );
    expect({ code, stderr: stderr.replace(/^npm warn.*\n/gm, "") }).toEqual({
      code: 0,
      stderr: "friendgate: 0 requests: 0 refused, 0 observed; 1 response: 1 refused, 0 observed\n",
    });
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toMatchObject([{ responderId: "alice", applicantId: "spammer", code: 38_000 }]);
  });
});

describe("npm run watch", () => {
  const watch = (args: string[], env: Record<string, string> = { API_TOKEN }) =>
    runCommand(process.execPath, ["tools/watch/main.ts", "--once", "--url", origin, ...args], env);

  it("says what is wrong with the token", async ({ expect }) => {
    expect(await watch([], { API_TOKEN: "another" })).toMatchObject({
      code: 3,
      stderr:
        "friendgate: the deployment has another API_TOKEN\n" +
        "  → give the one that it has, in the environment or in .dev.vars\n",
    });
  });

  it("says that nobody answers", async ({ expect }) => {
    expect(await watch(["--url", "http://127.0.0.1:9"])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /^friendgate: http:\/\/127\.0\.0\.1:9 cannot be reached\n {2}→ see that the URL is right/,
      ),
    });
  });
});

/** The snippets of a page by their language, in its order. */
async function snippetsOf(page: string) {
  const text = await readFile(`${root}/${page}`, "utf8");
  const found = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const of = (wanted: string) =>
    found.flatMap(([, language, snippet = ""]) => (language === wanted ? [snippet] : []));
  return { sh: of("sh"), ts: of("ts"), toml: of("toml") };
}

/** Where the snippet's files lie, seen from the test's folder. */
function inFolder(snippet: string): string {
  return snippet.replaceAll('"./src/', '"../../src/');
}

function here(text: string): string {
  return text.replaceAll("http://localhost:8787", origin);
}

async function made(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return path;
}
