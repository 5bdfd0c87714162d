import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import { unified } from "unified";
import { anchorOf } from "../../tools/docs/markdown.ts";

export type Node = {
  type: string;
  depth?: number;
  value?: string;
  url?: string;
  lang?: string | null | undefined;
  children?: Node[];
};

export type Page = {
  /** Where its links and images lead, as they are written. */
  links: string[];
  /** What a link to a part of it may name. */
  anchors: Set<string>;
  /** The commands in it for a shell, without what they print. */
  commands: string[];
};

export function pageOf(markdown: string): Page {
  const nodes = allIn(parsed(markdown));
  return {
    links: nodes.flatMap(({ type, url, value = "" }) => {
      if (type === "html")
        return [...value.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, to = ""]) => to);
      return url === undefined ? [] : [url];
    }),
    anchors: anchorsOf(nodes.filter(({ type }) => type === "heading").map(textOf)),
    commands: nodes.flatMap(({ type, lang, value = "" }) => {
      if (type !== "code") return [];
      if (lang === "console") return value.split("\n").filter((line) => line.startsWith("$ "));
      return lang === "sh" || lang === "bash" ? value.split("\n") : [];
    }),
  };
}

export function parsed(markdown: string): Node {
  return unified().use(remarkParse).use(remarkGfm).parse(markdown);
}

/** A placeholder such as `<id>`, which a shell takes for two redirections. In quotes it does not. */
export function placeholderIn(command: string): string | undefined {
  const unquoted = command.replaceAll(/'[^']*'|"(?:\\.|[^"\\])*"|\s#.*$/g, "");
  return /(?<!<)<[^<>\s(&=-][^<>]*>/.exec(unquoted)?.[0];
}

/** GitHub counts headings that are alike. */
function anchorsOf(headings: readonly string[]): Set<string> {
  const anchors = new Set<string>();
  for (const heading of headings) {
    const anchor = anchorOf(heading);
    let count = 0;
    while (anchors.has(count === 0 ? anchor : `${anchor}-${count}`)) count += 1;
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return anchors;
}

export function allIn(node: Node): Node[] {
  return [node, ...(node.children ?? []).flatMap(allIn)];
}

export function textOf({ value = "", children = [] }: Node): string {
  return value + children.map(textOf).join("");
}
