import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { describe, it } from "vitest";
import { hardToRead } from "../../tools/prose/limits.ts";
import { sentencesOf } from "../../tools/prose/sentences.ts";
import { stage } from "../support/stage.ts";

describe("the sentences of a page", () => {
  it.for([
    ["a paragraph", "It works. So\nit stays.", ["It works.", "So it stays."]],
    [
      "one that begins with code",
      "It works. `npm test` says so.",
      ["It works.", "`npm test` says so."],
    ],
    [
      "one that begins with a small letter",
      "It works. friendgate stays.",
      ["It works.", "friendgate stays."],
    ],
    ["one in bold", "**It works.** So it stays.", ["It works.", "So it stays."]],
    ["a list", "- It works.\n- It stays.", ["It works.", "It stays."]],
    ["a table", "| a | b |\n| --- | --- |\n| It works. | It stays. |", []],
    ["code", "```sh\nIt works.\n```", []],
    ["a version or a number", "It is 4.0 and 8.7 in all.", ["It is 4.0 and 8.7 in all."]],
  ] as const)("are found in %s", async ([, markdown, texts], { expect }) => {
    expect((await sentencesOf(markdown)).map(({ text }) => text)).toEqual(texts);
  });

  it("have their line, their words and their passives", async ({ expect }) => {
    const markdown = "# Title\n\nIt works.\nThe row is written, and `x` was read.";
    expect(await sentencesOf(markdown)).toMatchObject([
      { line: 1, words: 1, passives: 0 },
      { line: 3, words: 2, passives: 0 },
      { line: 4, words: 7, passives: 2 },
    ]);
  });
});

describe("a sentence", () => {
  it.for([
    [35, 2, undefined],
    [36, 0, "36 words, of at most 35"],
    [10, 3, "3 passives, of at most 2"],
  ] as const)("of %d words and %d passives: %s", ([words, passives, problem], { expect }) => {
    expect(hardToRead({ words, passives })).toBe(problem);
  });
});

describe("npm run prose", () => {
  const { inFolder } = stage();

  it.for([
    ["It works.", 0, ""],
    [`It works.\n\n${"word ".repeat(36)}`, 1, ":3: 36 words, of at most 35: word word"],
  ] as const)("looks at %j and ends with %d", ([markdown, status, printed], { expect }) => {
    const file = inFolder("page.md");
    writeFileSync(file, markdown);
    const ran = spawnSync(process.execPath, ["tools/prose/main.ts", file], { encoding: "utf8" });
    expect(ran.status).toBe(status);
    expect(ran.stdout).toContain(printed);
  });
});
