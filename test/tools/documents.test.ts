import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
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

describe("the files that the documents' commands write", () => {
  const documents = ["README.md", ...readdirSync("docs").map((name) => `docs/${name}`)].filter(
    (path) => path.endsWith(".md"),
  );
  const commands = documents.flatMap((path) =>
    [...read(path).matchAll(/^( *)```(?:sh|console)\n([\s\S]*?)^\1```$/gm)].map(
      ([, , code]) => code,
    ),
  );
  const git = (...args: string[]) => spawnSync("git", args, { encoding: "utf8" });
  const named = new Set(
    commands.join("\n").match(/(?<![\w./-])[\w-]+\.(?:csv|json|toml|xlsx|txt|sql)\b/g) ?? [],
  );
  const own = new Set(git("ls-files").stdout.split("\n"));
  const written = [...named].filter((name) => !own.has(name));

  it("are found", ({ expect }) => {
    expect(written).toEqual(expect.arrayContaining(["bans.csv", "bans.json", "secrets.json"]));
  });

  it.for(written)("are left alone by git, and so by npm run check: %s", (name, { expect }) => {
    expect(git("check-ignore", name).status).toBe(0);
  });
});
