import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, it } from "vitest";
import { root } from "../../tools/lib/wrangler.ts";
import { runCommand, startDev } from "../support/commands.ts";

/** Those that ask what is stored here; one creates a database on the account. */
const commands = [
  ...readFileSync(`${root}/docs/privacy.md`, "utf8").matchAll(/^ *```sh\n([\s\S]*?)^ *```$/gm),
]
  .flatMap(([, block = ""]) => block.trim().split("\n"))
  .map((command) => command.trim())
  .filter((command) => !command.includes("d1 create"));

let dev: Awaited<ReturnType<typeof startDev>>;
beforeAll(async () => {
  dev = await startDev({ API_TOKEN: "local-api-token" });
  await dev.sql(
    "INSERT INTO friend_requests (at, call_id, item, responder_id, applicant_id, code) VALUES (1, 'a', 0, 'alice', 'bob', 0)",
  );
});
afterAll(() => dev.stop());

describe("docs/privacy.md", () => {
  it("has commands to run", ({ expect }) => {
    expect(commands).toHaveLength(7);
  });

  it.for(commands)("has a command that works: %s", async (command, { expect }) => {
    const here = command
      .replace("http://localhost:8787/", dev.url.replace(/\/?$/, "/"))
      .replace("curl -s", "curl -sf")
      .replace("-- list", `-- list --persist-to ${dev.folder}`)
      .replace("--local", `--local --persist-to ${dev.folder} --json`);
    const { code, stdout, stderr } = await runCommand("sh", ["-c", here]);
    expect(code, stdout + stderr).toBe(0);
    if (here.includes("friend_requests")) expect(stdout).toContain('"applicant_id": "bob"');
  });
});
