import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { root } from "../../tools/lib/wrangler.ts";
import { runCommand } from "../support/commands.ts";
import { besideFriendgate } from "../support/neighbour.ts";
import { stage } from "../support/stage.ts";

const API_TOKEN = "token-of-the-examples";
const { harness, start, sql } = besideFriendgate(
  join(root, "examples/service-binding/wrangler.toml"),
  API_TOKEN,
);
let origin = "";

beforeAll(async () => {
  origin = await start();
});
afterAll(() => harness.close());

const NOW = "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
const add = (user: string, friends: readonly string[]) =>
  sql(
    `INSERT INTO friends (user_id, friend_id, order_key, added_at, changed_at) VALUES ${friends
      .map((friend) => `('${user}', '${friend}', 1, 1, ${NOW})`)
      .join(", ")}`,
  );
const remove = (user: string, friend: string) =>
  sql(
    `UPDATE friends SET added_at = NULL, deleted_at = 2, order_key = 2, changed_at = ${NOW}
WHERE user_id = '${user}' AND friend_id = '${friend}'`,
  );
/** As if tombstones that are as new as that had been removed. */
const forget = (at: string) =>
  sql(`UPDATE forgotten_changes SET changed_at = ${at} WHERE list = 'friends'`);

/** More than a page. */
const MANY = Array.from({ length: 130 }, (_, n) => `friend-${n}`);

const PROGRAMS = [
  ["sync.py", "python3"],
  ["sync.ts", process.execPath],
  ["sync.go", "go", "run"],
] as const;
const isThere = (command: string) =>
  spawnSync(command, [command === "go" ? "version" : "--version"]).status === 0;

describe("the examples", () => {
  const { inFolder } = stage();

  describe.for(PROGRAMS)("%s", ([name, command, ...args]) => {
    // Shown as skipped where nothing is there that runs it.
    it.runIf(isThere(command))("follows a list, and begins again", async ({ expect }) => {
      const user = `of ${name}/ä`;
      const copied = async () => {
        const all = [...args, join(root, "examples", name), user, inFolder("copy.json")];
        const env = { FRIENDGATE_URL: origin, API_TOKEN };
        const { code, stdout, stderr } = await runCommand(command, all, env);
        expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
        const copy = JSON.parse(readFileSync(inFolder("copy.json"), "utf8"));
        const friends = copy.friends ?? copy.Friends;
        expect(stdout).toBe(`${Object.keys(friends).length} friends\n`);
        return Object.keys(friends).toSorted();
      };
      await followed(user, copied, expect);
    });
  });

  it("in a Worker follow a list, and begin again", async ({ expect }) => {
    const user = "of the Worker/ä";
    const worker = harness.getWorker("friends-copy");
    const copied = async () => {
      const response = await worker.fetch(`http://friends-copy/${encodeURIComponent(user)}`);
      return ((await response.json()) as string[]).toSorted();
    };
    await followed(user, copied, expect);
  });
});

/** Adds, removes and forgets, and looks at the copy after each. */
async function followed(
  user: string,
  copied: () => Promise<string[]>,
  expect: (value: unknown) => { toEqual(wanted: unknown): void },
): Promise<void> {
  await forget("0");
  expect(await copied()).toEqual([]);
  await add(user, MANY);
  expect(await copied()).toEqual(MANY.toSorted());
  await remove(user, "friend-7");
  await add(user, ["new"]);
  const wanted = [...MANY.filter((id) => id !== "friend-7"), "new"].toSorted();
  expect(await copied()).toEqual(wanted);
  // A copy that does not begin again would keep whom nobody tells of any more.
  await sql(`DELETE FROM friends WHERE user_id = '${user}' AND friend_id = 'new'`);
  await forget(NOW);
  expect(await copied()).toEqual(wanted.filter((id) => id !== "new"));
}
