import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, it } from "vitest";
import { pageOf, placeholderIn } from "../support/markdown.ts";

const files = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  encoding: "utf8",
}).stdout.split("\n");
const pages = new Map(
  files
    .filter((path) => existsSync(path) && path !== "")
    .map((path) => [path, pageOf(readFileSync(path, "utf8"))]),
);

/** What is wrong with a link of a page; undefined: nothing, or it leads out of the project. */
function problemOf(path: string, link: string): string | undefined {
  if (/^(?:[a-z]+:|\/\/)/.test(link)) return undefined;
  const [to = "", anchor] = decodeURIComponent(link).split("#");
  const target = to === "" ? path : normalize(join(dirname(path), to));
  if (!existsSync(target)) return `${link}: there is no ${target}`;
  if (anchor === undefined || pages.get(target)?.anchors.has(anchor)) return undefined;
  return `${link}: ${target} has no heading for it`;
}

describe("the documents", () => {
  it("are found", ({ expect }) => {
    expect([...pages.keys()]).toEqual(expect.arrayContaining(["README.md", "docs/api.md"]));
    expect([...pages.values()].flatMap(({ links }) => links).length).toBeGreaterThan(200);
  });

  it.for([...pages])("link to what is there: %s", ([path, { links }], { expect }) => {
    expect(links.flatMap((link) => problemOf(path, link) ?? [])).toEqual([]);
  });

  it.for([...pages])("show commands without placeholders: %s", ([, { commands }], { expect }) => {
    expect(commands.flatMap((command) => placeholderIn(command) ?? [])).toEqual([]);
  });
});

describe("a link", () => {
  it.for([
    ["README.md", "docs/api.md", undefined],
    ["README.md", "docs/", undefined],
    ["docs/api.md", "../README.md#license", undefined],
    ["docs/api.md", "#problem", undefined],
    ["docs/api.md", "https://example.com/nowhere#at-all", undefined],
    ["docs/api.md", "README.md", "README.md: there is no docs/README.md"],
    ["README.md", "docs/api.md#nowhere", "docs/api.md#nowhere: docs/api.md has no heading for it"],
    ["README.md", "biome.json#any", "biome.json#any: biome.json has no heading for it"],
  ] as const)("in %s to %s: %s", ([path, link, problem], { expect }) => {
    expect(problemOf(path, link)).toBe(problem);
  });
});

describe("a page", () => {
  it("has links, anchors and commands", ({ expect }) => {
    const markdown = [
      ...["# A `code` title, twice!", "## Twice", "## Twice", "[a](b.md) ![c](d.svg)", ""],
      ...['<img src="e.png">', "", "[f]: g.md", "", "`[no](link.md)`", ""],
      ...["```sh", "one", "two", "```", "```console", "$ three", "four", "```"],
    ].join("\n");
    expect(pageOf(markdown)).toEqual({
      links: ["b.md", "d.svg", "e.png", "g.md"],
      anchors: new Set(["a-code-title-twice", "twice", "twice-1"]),
      commands: ["one", "two", "$ three"],
    });
  });
});

describe("a command", () => {
  it.for([
    ["npx wrangler secret put <name>", "<name>"],
    ["npm run doctor -- --url https://<your host>/", "<your host>"],
    ["npm run doctor -- --url '<your host>'", undefined],
    ['echo "<a>"', undefined],
    ["sort < users.txt > sorted.txt", undefined],
    ["diff <(sort a) <(sort b)", undefined],
    ["cat <<EOF > out.txt", undefined],
    ["npm test # not <this>", undefined],
  ] as const)("%s has the placeholder %s", ([command, placeholder], { expect }) => {
    expect(placeholderIn(command)).toBe(placeholder);
  });
});
