import { closest, distance } from "fastest-levenshtein";
import { readConfig } from "../../src/config.ts";

/**
 * What to say about each name that the Worker does not read. A misspelt setting has no effect, and
 * nothing else would show it.
 */
export function unknownVars(names: readonly string[], where: string): string[] {
  const known = knownVars();
  return names
    .filter((name) => !known.includes(name))
    .map((name) => `${where} has ${name}, which nothing reads${suggestion(name, known)}`);
}

/** The names that the Worker asks its environment for. */
function knownVars(): string[] {
  const names = new Set<string>();
  readConfig(new Proxy({}, { get: (_, name) => void names.add(String(name)) }));
  // Only `npm start` sets it.
  names.delete("LOCAL");
  return [...names];
}

/** At most a third of the name may be wrong. With more, it is another name. */
function suggestion(name: string, known: readonly string[]): string {
  const nearest = closest(name.toUpperCase(), known);
  return distance(name.toUpperCase(), nearest) <= name.length / 3
    ? `: did you mean ${nearest}?`
    : "";
}
