import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, it } from "vitest";
import { isForBackend } from "../../src/backend/backend.ts";
import { type BackendConfig, type Config, readConfig } from "../../src/config.ts";
import { COMMANDS } from "../../src/tencent/commands.ts";
import { SWITCHES } from "../../tools/deploy/console.ts";

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
  const text = read("docs/operations.md");
  const chapter = (heading: string, level = "##") =>
    text.split(`\n${level} ${heading}\n`)[1]?.split(`\n${level} `)[0] ?? "";
  const logLines = chapter("Log lines");
  const alerts = chapter("Alerts");
  const anchorOf = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-");
  const sections = [...alerts.matchAll(/^### (.*)$/gm)].map(([, heading = ""]) => heading);

  it.for([
    ["event of the log", "src/log.ts", "LogEvent"],
    ["reason of a refusal", "src/tencent/refusal.ts", "Refusal"],
  ] as const)("lists every %s", ([, file, type], { expect }) => {
    const union = new RegExp(`export type ${type} =((?:\\s+\\| "[a-z-]+")+)`).exec(read(file))?.[1];
    const words = [...(union ?? "").matchAll(/"([a-z-]+)"/g)].map(([, word]) => word);
    expect(words.length).toBeGreaterThan(5);
    expect(words.filter((word) => !logLines.includes(`\`${word}\``))).toEqual([]);
  });

  const failures = (logLines.split("The `reason` of `failed`.")[1] ?? "")
    .split("\n\nLines about")[0]
    ?.split("\n")
    .filter((line) => line.startsWith("| `") && !line.startsWith("| `reason` |"))
    .flatMap((line) => [...(line.split("|")[1] ?? "").matchAll(/`([a-z-]+)`/g)])
    .map(([, reason = ""]) => reason);

  it("lists every reason of a failure that stands in the code as one word", ({ expect }) => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" });
    const inCode = files
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => [
        ...read(`src/${file}`).matchAll(/[lL]og\("failed", \{\s*reason: "([a-z-]+)"/g),
      ])
      .map(([, reason]) => reason);
    expect(inCode.length).toBeGreaterThan(15);
    expect(inCode.filter((reason) => !failures?.includes(reason ?? ""))).toEqual([]);
  });

  it("has an alert for each of them, and a section for each alert", ({ expect }) => {
    const rows = alerts.split("\n").filter((line) => /^\| .*\]\(#.*\) \|$/.test(line));
    const named = rows.map((row) => row.split("|")[1]).join();
    expect(failures?.length).toBeGreaterThan(20);
    expect(failures?.filter((reason) => !named.includes(`\`${reason}\``))).toEqual([]);
    const linked = rows.map((row) => /\]\(#(.*)\) \|$/.exec(row)?.[1]);
    expect(new Set(linked)).toEqual(new Set(sections.map(anchorOf)));
  });

  it.for(sections)("has the four parts of an alert, and a command: %s", (heading, { expect }) => {
    expect(chapter(heading, "###").split("\n## ")[0]).toMatch(
      /\*\*What it means\.\*\*[\s\S]+\*\*First command\.\*\*[\s\S]*?```sh\n[\s\S]+\*\*What good looks like\.\*\*[\s\S]+\*\*If not\.\*\*/,
    );
  });
});

describe("docs/privacy.md", () => {
  const database = new DatabaseSync(":memory:");
  for (const name of readdirSync("migrations").toSorted()) {
    database.exec(read(`migrations/${name}`));
  }
  const columns = database
    .prepare(
      `SELECT tables.name, json_group_array(columns.name) AS columns
FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
WHERE tables.type = 'table' GROUP BY tables.name`,
    )
    .all() as { name: string; columns: string }[];

  it("has a row for every table, and none for another", ({ expect }) => {
    const [, chapter = ""] = read("docs/privacy.md").split("\n## D1, by table and column\n");
    const rows = (chapter.split("\n## ")[0] ?? "").matchAll(/^\| `(\w+)` \|/gm);
    const named = [...rows].map(([, name]) => name);
    expect(named.toSorted()).toEqual(columns.map(({ name }) => name).toSorted());
  });

  it.for(columns)("names every column of $name", ({ name, columns: all }, { expect }) => {
    const row = new RegExp(`^\\| \`${name}\` \\| ([^|]*) \\|`, "m").exec(read("docs/privacy.md"));
    const named = [...(row?.[1] ?? "").matchAll(/`(\w+)`/g)].map(([, column]) => column);
    expect(named.toSorted()).toEqual((JSON.parse(all) as string[]).toSorted());
  });
});

describe("the callbacks that friendgate answers", () => {
  const deploying = read("docs/deploy.md");

  it("have a switch that the deploy names, under the title that the documents have", ({
    expect,
  }) => {
    expect(SWITCHES.map(([, command]) => command).toSorted()).toEqual(
      Object.keys(COMMANDS).toSorted(),
    );
    for (const [title, command] of SWITCHES) {
      expect(deploying).toMatch(new RegExp(`^\\| .*${title}.* \\| .*\`${command}\`.* \\| `, "m"));
    }
  });

  it("reach a handler that had some of them as the CHANGELOG says", ({ expect }) => {
    const [, setting = ""] = /^ +BACKEND_COMMANDS = "(.*)"$/m.exec(read("CHANGELOG.md")) ?? [];
    const { config } = readConfig({
      ...{ SDK_APP_ID: "1", ALLOW_UNSIGNED: "true", DEAD_LETTER_QUEUE: "any" },
      ...{ BACKEND_URL: "https://im.example.com", BACKEND_COMMANDS: setting },
    }) as { config: Config };
    const backend = config.backend as BackendConfig;
    const before = Object.keys(COMMANDS).filter((command) => isForBackend(backend, command, true));
    expect(before).toEqual([
      "Sns.CallbackPrevFriendAdd",
      "Sns.CallbackBlackListAdd",
      "Sns.CallbackBlackListDelete",
    ]);
    expect(isForBackend(backend, "C2C.CallbackBeforeSendMsg", false)).toBe(true);
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
