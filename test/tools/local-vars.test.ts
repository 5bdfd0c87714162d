import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "vitest";
import { unknownVars } from "../../tools/lib/known-vars.ts";
import { localVars, ownLocalVars } from "../../tools/lib/local-vars.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "friendgate-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const write = (content: string | Buffer) => writeFileSync(join(folder, ".dev.vars"), content);

describe(".dev.vars", () => {
  it.for<[string, string]>([
    ["as it is", "API_TOKEN=a-b_c=1\n"],
    ["without a last line break", "API_TOKEN=a-b_c=1"],
    ["with spaces", "  API_TOKEN = a-b_c=1  \n"],
    ["with the line breaks of Windows", "API_TOKEN=a-b_c=1\r\n"],
    ["with a mark before its text", "\ufeffAPI_TOKEN=a-b_c=1\n"],
    ["in double quotes", 'API_TOKEN="a-b_c=1" \n'],
    ["in single quotes", "API_TOKEN = 'a-b_c=1'\n"],
    ["with comments", "# ours\nAPI_TOKEN=a-b_c=1 # the token\n"],
    ["as for a shell", "export API_TOKEN=a-b_c=1\n"],
  ])("is read %s", ([, content], { expect }) => {
    write(content);
    expect({ ...ownLocalVars(folder) }).toEqual({ API_TOKEN: "a-b_c=1" });
  });

  it("stands before what npm start has of its own", ({ expect }) => {
    expect(localVars(folder)).toMatchObject({ API_TOKEN: "local-api-token" });
    write("API_TOKEN=\nBLOCKLIST_KINDS=user,pair");
    expect(localVars(folder)).toMatchObject({ API_TOKEN: "", BLOCKLIST_KINDS: "user,pair" });
  });

  it("that is not UTF-8 is named, with what to do", ({ expect }) => {
    write(Buffer.from("\ufeffAPI_TOKEN=a", "utf16le"));
    expect(() => ownLocalVars(folder)).toThrow(/\.dev\.vars is not UTF-8$/);
  });
});

describe("a name that nothing reads", () => {
  it.for<[name: string, suggested: string]>([
    ["BLOCKLIST_KIND", "BLOCKLIST_KINDS"],
    ["blocklist_kinds", "BLOCKLIST_KINDS"],
    ["TOMBSTONES_DAYS", "TOMBSTONE_DAYS"],
    ["CALLBACK_TOKEN_PREVIUOS", "CALLBACK_TOKEN_PREVIOUS"],
    ["API_TOKENS", "API_TOKEN"],
    ["SDKAPPID", "SDK_APP_ID"],
  ])("%s is told, with %s", ([name, suggested], { expect }) => {
    expect(unknownVars([name], "[vars]")).toEqual([
      `[vars] has ${name}, which nothing reads: did you mean ${suggested}?`,
    ]);
  });

  it.for(["PORT", "DATABASE_URL", "LOCAL"])("%s resembles none", (name, { expect }) => {
    expect(unknownVars([name], "[vars]")).toEqual([`[vars] has ${name}, which nothing reads`]);
  });

  it("is not one of those that docs/configuration.md lists", ({ expect }) => {
    // LOCAL is npm start's alone.
    const names = [...documentedNames()].filter((name) => name !== "LOCAL");
    expect(names.length).toBeGreaterThan(10);
    expect(unknownVars(names, "docs/configuration.md")).toEqual([]);
  });
});

function documentedNames(): Set<string> {
  const table = readFileSync("docs/configuration.md", "utf8");
  return new Set(
    [...table.matchAll(/^\| `([A-Z_]+)` \| (?:var|secret) \|/gm)].map(([, name = ""]) => name),
  );
}
