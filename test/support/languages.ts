import { anchorOf } from "../../tools/docs/markdown.ts";
import { allIn, parsed, textOf } from "./markdown.ts";

type Section = {
  depth: number;
  heading: string;
  /** Each block of code: its language and, where it is no picture, what a machine reads of it. */
  code: string[];
  /** Of each table, how many rows it has. */
  tables: number[];
  links: string[];
};

/** What both languages have alike; the others are pictures, and what they say is translated. */
const COMMENTS: Record<string, RegExp | undefined> = {
  ...{ sh: /(^|\s)# .*$/, toml: /(^|\s)# .*$/, sql: /(^|\s)-- .*$/ },
  ...{ console: /$^/, csv: /$^/, json: /$^/ },
};

/** Tencent's own pages, which are there in Chinese, too. */
const PAGES_OF_TENCENT: Record<string, string | undefined> = {
  "https://www.tencentcloud.com/document/product/1047":
    "https://cloud.tencent.com/document/product/269",
  "https://intl.cloud.tencent.com/document/product/1047/34520":
    "https://cloud.tencent.com/document/product/269/32431",
};

export type Pages = {
  /** The Chinese page of an English one, by their paths. */
  chinese: Record<string, string | undefined>;
  textOf: (path: string) => string;
};

/** Where the Chinese page of `english` is not built as that one. */
export function differencesOf(english: string, pages: Pages): string[] {
  const chinese = pages.chinese[english] ?? "";
  const theirs = sectionsOf(pages.textOf(english));
  const ours = sectionsOf(pages.textOf(chinese));
  const outline = (sections: readonly Section[]) => sections.map(({ depth }) => depth).join(" ");
  if (outline(theirs) !== outline(ours)) {
    return [`the depths of the headings are ${outline(theirs)} and ${outline(ours)}`];
  }
  return theirs.flatMap((section, place) => {
    const own = ours[place] as Section;
    const targets = section.links
      .map((link) => chineseOf(resolved(link, english), pages))
      .filter((target) => target !== chinese);
    const links = own.links
      .map((link) => resolved(link, chinese))
      .filter((target) => target !== english);
    return [
      ...differenceOf("code", section.code, own.code),
      ...differenceOf("rows of tables", section.tables, own.tables),
      // A sentence may name in another order what it links to.
      ...differenceOf("links", targets.toSorted(), links.toSorted()),
    ].map((difference) => `${section.heading} / ${own.heading}: ${difference}`);
  });
}

function differenceOf(what: string, english: readonly unknown[], chinese: readonly unknown[]) {
  const [theirs, ours] = [JSON.stringify(english), JSON.stringify(chinese)];
  return theirs === ours ? [] : [`${what} ${theirs} and ${ours}`];
}

/** The page that a link leads to, from the project's folder on; or an address outside. */
function resolved(link: string, from: string): string {
  if (/^[a-z]+:/.test(link)) return link;
  const { pathname, hash } = new URL(link, `file:///${from}`);
  return decodeURIComponent(pathname.slice(1) + hash);
}

function chineseOf(target: string, pages: Pages): string {
  const [path = "", anchor] = target.split("#");
  const page = pages.chinese[path];
  if (page === undefined) return PAGES_OF_TENCENT[target] ?? target;
  if (anchor === undefined) return page;
  const place = sectionsOf(pages.textOf(path)).findIndex(
    ({ heading }) => anchorOf(heading) === anchor,
  );
  return `${page}#${anchorOf(sectionsOf(pages.textOf(page))[place]?.heading ?? "")}`;
}

function sectionsOf(markdown: string): Section[] {
  const sections: Section[] = [sectionAt(0, "")];
  for (const node of parsed(markdown).children ?? []) {
    if (node.type === "heading") sections.push(sectionAt(node.depth ?? 0, textOf(node)));
    const { code, tables, links } = sections.at(-1) as Section;
    for (const { type, lang, value = "", children = [], url } of allIn(node)) {
      if (type === "code") code.push(lang ?? "", ...readIn(value, lang ?? ""));
      if (type === "table") tables.push(children.length);
      if (url !== undefined) links.push(url);
    }
  }
  return sections;
}

function sectionAt(depth: number, heading: string): Section {
  return { depth, heading, code: [], tables: [], links: [] };
}

function readIn(block: string, language: string): string[] {
  const comment = COMMENTS[language];
  if (comment === undefined) return [];
  return block.split("\n").flatMap((line) => line.replace(comment, "").trimEnd() || []);
}
