/** Strings, names, comments, words and single characters: as much of SQL as its statements need. */
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\w+|\s+|[\s\S]/g;

/** The statements of a text. A trigger holds statements of its own, between BEGIN and END. */
export function statementsOf(sql: string): string[] {
  const statements: string[] = [];
  let text = "";
  let words: string[] = [];
  let depth = 0;
  const end = () => {
    if (words.length > 0) statements.push(text.trim());
    text = "";
    words = [];
    depth = 0;
  };
  for (const [token] of sql.matchAll(TOKEN)) {
    if (token === ";" && depth === 0) {
      end();
      continue;
    }
    text += token;
    if (/^\s|^--|^\/\*/.test(token)) continue;
    const word = token.toUpperCase();
    words.push(word);
    const trigger = words[0] === "CREATE" && words.slice(0, 4).includes("TRIGGER");
    if (trigger && (word === "BEGIN" || word === "CASE")) depth += 1;
    if (trigger && word === "END") depth -= 1;
  }
  end();
  return statements;
}
