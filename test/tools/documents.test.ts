import { readFileSync } from "node:fs";
import { describe, it } from "vitest";

const read = (path: string) => readFileSync(path, "utf8");

describe("docs/security.md", () => {
  const rows = read("docs/security.md")
    .slice(read("docs/security.md").indexOf("## Threats"))
    .split("\n")
    .filter((line) => line.startsWith("| ") && !/^\| (Threat|---) \|/.test(line));

  it.for(rows)("names tests that exist: %s", (row, { expect }) => {
    const named = [...row.matchAll(/`(test\/[^`]+)`: "([^"]+)"/g)];
    expect(named).not.toEqual([]);
    for (const [, file = "", name = ""] of named) {
      const quoted = file.endsWith(".json") ? `"name": "${name}"` : `"${name}"`;
      expect(read(file), file).toContain(quoted);
    }
  });
});

describe("docs/operations.md", () => {
  const logLines = read("docs/operations.md")
    .slice(read("docs/operations.md").indexOf("## Log lines"))
    .split("\n## ")[0];

  it.for([
    ["event of the log", "src/log.ts", "LogEvent"],
    ["reason of a refusal", "src/tencent/reply.ts", "Refusal"],
  ] as const)("lists every %s", ([, file, type], { expect }) => {
    const union = new RegExp(`export type ${type} =((?:\\s+\\| "[a-z-]+")+)`).exec(read(file))?.[1];
    const words = [...(union ?? "").matchAll(/"([a-z-]+)"/g)].map(([, word]) => word);
    expect(words.length).toBeGreaterThan(5);
    expect(words.filter((word) => !logLines?.includes(`\`${word}\``))).toEqual([]);
  });
});
