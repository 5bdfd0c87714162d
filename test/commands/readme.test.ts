import { readFileSync } from "node:fs";
import { afterAll, beforeAll, it, vi } from "vitest";
import { root } from "../../tools/lib/wrangler.ts";
import { runCommand, startDev } from "../support/commands.ts";
import { PATIENCE } from "../support/patience.ts";

type Example = { command: string; output: string };

/** The commands of a page, each with what it prints. */
function examplesOf(page: string): Example[] {
  const text = readFileSync(`${root}/${page}`, "utf8");
  return [...text.matchAll(/^( *)```console\n([\s\S]*?)^ *```$/gm)].map(
    ([, indent = "", block = ""]) => {
      const [prompt = "", ...output] = block.split("\n").map((line) => line.slice(indent.length));
      return { command: prompt.replace(/^\$ /, ""), output: output.join("\n").trimEnd() };
    },
  );
}

let dev: Awaited<ReturnType<typeof startDev>>;
beforeAll(async () => {
  dev = await startDev({ API_TOKEN: "local-api-token" });
});
afterAll(() => dev.stop());

it.for([
  ["README.md", 3],
  ["docs/try-it.md", 5],
] as const)("%s prints what it says", async ([page, count], { expect }) => {
  const examples = examplesOf(page);
  expect(examples).toHaveLength(count);
  for (const example of examples) {
    const command = asHere(example.command);
    // A table that lags behind on a busy machine is asked again: the commands can be repeated.
    await vi.waitFor(async () => {
      const { code, stdout } = await runCommand("sh", ["-c", command], {
        CALLBACK_URL: dev.url,
        API_TOKEN: "",
      });
      const printed = stdout.replaceAll(dev.url.replace(/\/$/, ""), "http://localhost:8787");
      expect(printed).toMatch(pattern(example.output));
      // A refusal is the answer no.
      expect(code).toBe(example.output.includes("BLOCKED") ? 1 : 0);
    }, PATIENCE);
  }
});

/**
 * The same command for a server and a storage that are this test's own. Few callbacks at once: on a
 * busy machine, many would wait longer than Tencent does.
 */
function asHere(command: string): string {
  return command
    .replace("--local", `--local --persist-to ${dev.folder}`)
    .replace(/-- (?:add|remove) user spammer/, `$& --persist-to ${dev.folder}`)
    .replace("-- traffic", `-- traffic --concurrency 4 --persist-to ${dev.folder}`);
}

/** `…` stands for anything, and times differ. */
function pattern(output: string): RegExp {
  const literal = output.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  return new RegExp(literal.replaceAll("…", "[\\s\\S]*?").replace(/[\d\\.]+(?= ms)/g, "[\\d.]+"));
}
