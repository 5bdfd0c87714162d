import { ParseEnglish } from "parse-english";
import remarkGfm from "remark-gfm";
import remarkParse from "remark-parse";
import remarkRetext from "remark-retext";
import retextPassive from "retext-passive";
import { unified } from "unified";

type Point = { line: number; offset?: number | undefined };
type Node = {
  type: string;
  value?: string;
  children?: Node[];
  position?: { start: Point; end: Point } | undefined;
};

export type Sentence = { line: number; text: string; words: number; passives: number };

/** The sentences of a page in English. Code and tables have none. */
export async function sentencesOf(markdown: string): Promise<Sentence[]> {
  let sentences: Sentence[] = [];
  const page = unified()
    .use(remarkParse)
    .use(remarkGfm)
    .use(remarkRetext, ParseEnglish)
    .use(retextPassive)
    .use(() => (tree, file) => {
      const passives = file.messages.map(({ place }) =>
        place !== undefined && "start" in place ? place.start : place,
      );
      sentences = nodesIn(tree, "SentenceNode")
        .flatMap(atFullStops)
        .map((nodes) => measured(nodes, passives));
    });
  await page.run(page.parse(markdown), markdown);
  return sentences;
}

/**
 * A sentence may begin with code or with a name in small letters. The parser then does not see a new
 * sentence.
 */
function atFullStops({ children = [] }: Node): Node[][] {
  const sentences: Node[][] = [[]];
  for (const [place, node] of children.entries()) {
    const before = children[place - 1];
    const isBetween = before !== undefined && /[.?!]["')]*$/.test(textOf(before));
    if (isBetween && node.type === "WhiteSpaceNode") sentences.push([]);
    else sentences.at(-1)?.push(node);
  }
  return sentences.filter((nodes) => nodes.length > 0);
}

function measured(nodes: readonly Node[], passives: readonly (Point | undefined)[]): Sentence {
  const { start } = nodes[0]?.position ?? {};
  const { end } = nodes.at(-1)?.position ?? {};
  const isInside = ({ offset = -1 }: Partial<Point> = {}) =>
    (start?.offset ?? 0) <= offset && offset < (end?.offset ?? 0);
  return {
    line: start?.line ?? 0,
    text: nodes.map(textOf).join("").replaceAll(/\s+/g, " "),
    words: nodes.flatMap((node) => nodesIn(node, "WordNode")).length,
    passives: passives.filter(isInside).length,
  };
}

function nodesIn(node: Node, type: string): Node[] {
  return node.type === type ? [node] : (node.children ?? []).flatMap((each) => nodesIn(each, type));
}

function textOf({ value = "", children = [] }: Node): string {
  return value + children.map(textOf).join("");
}
