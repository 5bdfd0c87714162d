import stringWidth from "string-width";

const graphemes = new Intl.Segmenter();

/** A text in so many cells of a terminal, cut or filled up. A Chinese character takes two. */
export function fitted(text: string, cells: number): string {
  const width = stringWidth(text);
  if (width <= cells) return text + " ".repeat(cells - width);
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += stringWidth(segment);
    if (used > cells - 1) break;
    kept += segment;
  }
  return fitted(`${kept}…`, cells);
}
