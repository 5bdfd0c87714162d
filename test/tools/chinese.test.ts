import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "vitest";
import { differencesOf } from "../support/languages.ts";
import { allIn, type Node, parsed } from "../support/markdown.ts";

const textOf = (path: string) => readFileSync(path, "utf8");
const chinese: Record<string, string> = {
  "README.md": "README.zh-CN.md",
  ...Object.fromEntries(
    readdirSync("docs/zh-CN").map((name) => [`docs/${name}`, `docs/zh-CN/${name}`]),
  ),
};

function starsIn({ type, value = "" }: Node): string[] {
  return type === "text" && value.includes("**") ? [value] : [];
}

/** The English page is written by the tools themselves, the Chinese one by hand: it has another form. */
const WITH_A_FORM_OF_ITS_OWN = ["docs/tools.md"];

/** What stands in a Chinese page for the English one that it says the same as. */
function markOf(english: string): string {
  // What a program writes anew into a page is no change of what the page says.
  const text = english.replaceAll(/<!-- (bench|docs):\S+ -->[\s\S]*?<!-- \/\1 -->/g, "");
  return `<!-- English: sha256 ${createHash("sha256").update(text).digest("hex")} -->`;
}

describe("the Chinese pages", () => {
  it("are there for each task", ({ expect }) => {
    const tasks = ["blocklist", "console", "deploy", "operations", "tools"];
    expect(Object.keys(chinese)).toEqual(["README.md", ...tasks.map((task) => `docs/${task}.md`)]);
  });

  it.for(Object.entries(chinese))(
    "say what the English page says: %s",
    ([path, page], { expect }) => {
      const mark = markOf(textOf(path));
      expect(
        textOf(page).includes(mark),
        `${path} has changed. Bring ${page} up to date. Then replace its line "<!-- English: … -->" by\n${mark}`,
      ).toBe(true);
    },
  );

  it.for(Object.entries(chinese))(
    "can be reached from the English page, and lead back: %s",
    ([path, page], { expect }) => {
      const here = path.replace("docs/", "");
      const there = page.replace("docs/", "");
      expect(textOf(path).slice(0, 500)).toContain(`[中文](${there})`);
      expect(textOf(page).slice(0, 500)).toContain(
        `[English](${path === here ? "" : "../"}${here})`,
      );
    },
  );

  it.for(Object.values(chinese))("set in bold what they mean to: %s", (page, { expect }) => {
    // Stars between a mark such as a comma and a character are stars, and not the end of what is bold.
    expect(allIn(parsed(textOf(page))).flatMap(starsIn)).toEqual([]);
  });

  const alike = Object.keys(chinese).filter((path) => !WITH_A_FORM_OF_ITS_OWN.includes(path));

  it.for(alike)("are built as the English page: %s", (path, { expect }) => {
    expect(differencesOf(path, { chinese, textOf })).toEqual([]);
  });
});

describe("a Chinese page", () => {
  const english = [
    ...["# Rules", "[中文](zh/rules.md)", "See [keys](#the-keys), [more](more.md)."],
    ...["```sh", "list   # all of them", "```", "## The keys", "| a | b |", "| --- | --- |"],
    ...["| 1 | `[x](y)` |", "", "<https://www.tencentcloud.com/document/product/1047>"],
  ].join("\n");
  const same = [
    ...["# 规则", "[English](../rules.md)", "见[更多](../more.md)与[键](#键)。"],
    ...["```sh", "list   # 全部", "```", "## 键", "| 甲 | 乙 |", "| --- | --- |"],
    ...["| 1 | `[x](y)` |", "", "<https://cloud.tencent.com/document/product/269>"],
  ].join("\n");

  it.for([
    ["nothing", "", "", []],
    ["a heading's depth", "## 键", "### 键", [/the headings are 0 1 2 and 0 1 3$/]],
    ["a heading's name, but not the links to it", "## 键", "## 主键", [/^Rules \/ 规则: links /]],
    ["a command", "list ", "list --all ", [/^Rules \/ 规则: code .*"list".*"list --all"/]],
    ["a language", "```sh", "```console", [/^Rules \/ 规则: code /]],
    ["a row", "| 1 |", "| 0 | 0 |\n| 1 |", [/^The keys \/ 键: rows of tables \[2\] and \[3\]$/]],
    ["a link", "(../more.md)", "(more.md)", [/^Rules \/ 规则: links /]],
    ["an address", "product/269", "product/1047", [/^The keys \/ 键: links /]],
    ["a link that is left out", "与[键](#键)", "", [/^Rules \/ 规则: links /]],
  ] as const)("that changes %s is told", ([, from, to, expected], { expect }) => {
    const texts: Record<string, string> = {
      "rules.md": english,
      "zh/rules.md": same.replace(from, to),
    };
    const pages = {
      chinese: { "rules.md": "zh/rules.md" },
      textOf: (path: string) => texts[path] ?? "",
    };
    const differences = differencesOf("rules.md", pages);
    expect(differences.length).toBe(expected.length);
    for (const [place, pattern] of expected.entries()) expect(differences[place]).toMatch(pattern);
  });

  it("need not change where a program writes figures into the English one", ({ expect }) => {
    const page = (figure: string) => `It costs\n<!-- bench:costs -->\n${figure}\n<!-- /bench -->\n`;
    expect(markOf(page("2"))).toBe(markOf(page("1")));
    expect(markOf(`${page("1")}much`)).not.toBe(markOf(page("1")));
  });
});
