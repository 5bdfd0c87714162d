import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { buildKeys } from "../../src/blocklist/key.ts";
import { parseKinds } from "../../tools/blocklist/kinds.ts";
import { root } from "../../tools/lib/wrangler.ts";
import { copyOfProject, runCommand } from "../support/commands.ts";

const chapter = readFileSync(join(root, "docs/blocklist.md"), "utf8");

/** Each command of the chapter in its order, with the lines that are shown under it. */
function commands(): { command: string; shown: string[] }[] {
  return blocks("console").flatMap((block) =>
    block
      .split(/^\$ /m)
      .filter((part) => part !== "")
      .map((part) => {
        const [command = "", ...shown] = part.trimEnd().split("\n");
        return { command, shown };
      }),
  );
}

function blocks(language: string): string[] {
  return [...chapter.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(
    ([, text = ""]) => text,
  );
}

async function run(command: string, cwd: string): Promise<{ code: number | null; output: string }> {
  const quiet = { NO_COLOR: "1", CI: "true", WRANGLER_SEND_METRICS: "false" };
  const { code, stdout, stderr } = await runCommand(
    "sh",
    ["-c", `{ ${command}\n} 2>&1`],
    quiet,
    cwd,
  );
  return { code, output: stdout + stderr };
}

/** The lines of an answer that is no, for which the exit code is 1: refused, or drift. */
const ANSWERS_NO = [
  /^Decided by .*: refused\.$/,
  / (?!0 to add, 0 to change, 0 to remove)\d+ to add, \d+ to change, \d+ to remove/,
];

describe("docs/blocklist.md", () => {
  it("shows commands that work, and prints what they print", async ({ expect }) => {
    const folder = copyOfProject();
    try {
      const [csv = ""] = blocks("csv");
      writeFileSync(join(folder, "bans.csv"), csv);
      const all = commands();
      expect(all.length).toBeGreaterThan(20);
      for (const { command, shown } of all) {
        const { code, output } = await run(command, folder);
        const isNo = shown.some((line) => ANSWERS_NO.some((answer) => answer.test(line)));
        expect(code, `${command}\n${output}`).toBe(isNo ? 1 : 0);
        const lines = output.split("\n").map((line) => line.trimEnd());
        // What is shown may leave lines out, and keeps their order.
        for (const line of shown) {
          const at = lines.indexOf(line);
          expect(at, `${command} does not print: ${line}\n${output}`).not.toBe(-1);
          lines.splice(0, at + 1);
        }
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("counts the keys of each setting, and their price", ({ expect }) => {
    const rows = [...chapter.matchAll(/^\| `([a-z,]+)`.*?\| (\d+) \| (\d+\.\d\d) \| (\d+) \|$/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, setting = "", keys, dollars, further] of rows) {
      const read = (applicantId: string) =>
        buildKeys(
          { responderId: "a", applicantId, action: "Agree", clientIp: "192.0.2.1" },
          parseKinds(setting),
        ).map(({ key }) => key);
      expect([setting, read("b").length]).toEqual([setting, Number(keys)]);
      expect((read("b").length * 0.5).toFixed(2)).toBe(dollars);
      const both = new Set([...read("b"), ...read("c")]);
      expect([setting, both.size - read("b").length]).toEqual([setting, Number(further)]);
    }
  });
});
