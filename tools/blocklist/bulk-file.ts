import { type ElementNode, type MemberNode, type ObjectNode, parse } from "@humanwhocodes/momoa";
import * as z from "zod";
import type { Entry, Problem, ReadEntries } from "../../src/blocklist/entry.ts";
import { shownJson } from "../lib/terminal.ts";

/** The fields that wrangler takes in an entry. It ignores other fields, so they are refused. */
const bulkEntry = z.strictObject({
  key: z.string(),
  value: z.string(),
  expiration: z.int().optional(),
  expiration_ttl: z.int().optional(),
  metadata: z.looseObject({}).optional(),
});

/** The rules of a file for `wrangler kv bulk put`, each with the line on which it starts. */
export function parseBulkFile(text: string): ReadEntries {
  let body: ReturnType<typeof parse>["body"];
  let content: unknown;
  try {
    content = JSON.parse(text);
    body = parse(text).body;
  } catch {
    return { entries: [], problems: [syntaxProblem(text)] };
  }
  if (body.type !== "Array" || !Array.isArray(content)) {
    return { entries: [], problems: [{ line: 1, message: "must be an array of entries" }] };
  }
  const read: ReadEntries = { entries: [], problems: [] };
  for (const [index, element] of body.elements.entries()) {
    const line = element.loc.start.line;
    const parsed = bulkEntry.safeParse(content[index]);
    if (parsed.success) read.entries.push({ ...(parsed.data as Entry), line });
    else {
      const key = z.object({ key: z.string() }).safeParse(content[index]).data?.key;
      for (const issue of parsed.error.issues) {
        read.problems.push({ line: lineOf(element, issue), key, message: messageOf(issue) });
      }
    }
  }
  return read;
}

/** A file in the same format, with one entry on each line. */
export function bulkFile(entries: readonly Entry[]): string {
  return `[\n${entries.map((entry) => `  ${shownJson(entry)}`).join(",\n")}\n]\n`;
}

/** The line of the wrong member. If the entry does not have it, the line of the entry. */
function lineOf(element: ElementNode, issue: z.core.$ZodIssue): number {
  const name = issue.code === "unrecognized_keys" ? issue.keys[0] : issue.path[0];
  const members: MemberNode[] =
    element.value.type === "Object" ? (element.value as ObjectNode).members : [];
  const member = members.find((member) => nameOf(member) === name);
  return (member ?? element).loc.start.line;
}

function nameOf({ name }: MemberNode): string {
  return name.type === "String" ? name.value : name.name;
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    return `wrangler ignores ${issue.keys.join(", ")}`;
  }
  return issue.path.length === 0
    ? "must be an object with key and value"
    : `${issue.path.join(".")}: ${issue.message}`;
}

/** The parser with positions finds the line. npm's banner is the most common cause. */
function syntaxProblem(text: string): Problem {
  if (/^\s*> /.test(text)) {
    return { line: 1, message: "begins with npm's banner: write it with npm run -s" };
  }
  try {
    parse(text);
  } catch (error) {
    const { message, line } = error as Error & { line?: number };
    return { line: line ?? 1, message: `is not JSON: ${message}` };
  }
  return { line: 1, message: "is not JSON" };
}
