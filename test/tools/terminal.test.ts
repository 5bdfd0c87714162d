import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, it, vi } from "vitest";
import { explain } from "../../src/blocklist/explain.ts";
import { shown } from "../../src/spreadsheet/written.ts";
import { bulkFile, parseBulkFile } from "../../tools/blocklist/bulk-file.ts";
import { explanationText } from "../../tools/blocklist/explanation-text.ts";
import { problemLine } from "../../tools/blocklist/problem-line.ts";
import { rulesTable } from "../../tools/blocklist/table.ts";
import { ok } from "../../tools/doctor/finding.ts";
import { lineOf as findingLine } from "../../tools/doctor/print.ts";
import type { Decided } from "../../tools/lib/decided.ts";
import { shellCommand } from "../../tools/lib/shell.ts";
import { errorText, shownJson, shownLines } from "../../tools/lib/terminal.ts";
import { printed } from "../../tools/simulate/print.ts";
import type { Effect } from "../../tools/tencent/effect.ts";
import { lineOf as responseLine } from "../../tools/watch/print.ts";

/** Clears the screen, in two ways; rings, turns the text around, begins a line that is forged. */
const NASTY = "a\u001b[2J\u009b2J\u0007\u202eb\u2066\u007f\u0085\r\nBLOCKED\u2028c\0";
/** Everything that no output may hold; the tools' own colours are off. */
const OBEYED = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u;

const anyText = fc.string({ unit: "binary", maxLength: 50 });

describe("a text for a terminal", () => {
  it.for([
    ["\u001b[2J", "\\u001b[2J"],
    ["\u009b2J", "\\u009b2J"],
    ["a\nb\tc\rd", "a\\u000ab\\u0009c\\u000dd"],
    ["\u007f\u0085\0", "\\u007f\\u0085\\u0000"],
    ["abc\u202edef", "abc\\u202edef"],
    ["a\u200bb\ufeff", "a\\u200bb\\ufeff"],
    ["小明 👩‍💻 می‌خواهم é", "小明 👩‍💻 می‌خواهم é"],
    ["\\u001b", "\\u001b"],
  ] as const)("%j is %s", ([text, expected], { expect }) => {
    expect(shown(text)).toBe(expected);
  });

  it("obeys nothing, whatever it holds", ({ expect }) => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(shown(text)).not.toMatch(/\n/);
        expect(shownLines(text)).not.toMatch(OBEYED);
      }),
    );
  });

  it("as JSON stays what it was", ({ expect }) => {
    fc.assert(
      fc.property(fc.dictionary(anyText, anyText), fc.constantFrom(0, 2), (value, indent) => {
        const json = shownJson(value, indent);
        expect(json).not.toMatch(OBEYED);
        expect(JSON.parse(json)).toEqual({ ...value });
      }),
    );
  });

  it("of an error has no colours, and keeps its lines", ({ expect }) => {
    expect(errorText(new Error("\u001b[31mred\u001b[39m\nnext\u0007"))).toBe("red\nnext\\u0007");
    expect(errorText("\u202e")).toBe("\\u202e");
  });
});

describe("what a tool prints", () => {
  const response = { responderId: "a", applicantId: "b", action: "Agree" } as const;
  const value = JSON.stringify({ reason: NASTY, platforms: [NASTY], note: NASTY });
  const effect: Effect = {
    outcome: "decided",
    ok: true,
    blocked: false,
    says: NASTY,
    items: [{ account: NASTY, blocked: false, because: NASTY }],
    problems: [NASTY],
  };
  const record: Decided = {
    type: "response",
    ...{ id: "x", at: 0, eventTime: null, requesterId: null, code: 0, clientIp: null },
    ...{
      responderId: NASTY,
      applicantId: NASTY,
      action: "Agree",
      platform: NASTY,
      requestId: NASTY,
    },
    ...{ ruleKind: null, ruleKey: NASTY, observedKey: null },
  };

  it.for<[tool: string, print: () => string]>([
    [
      "list",
      () =>
        rulesTable([
          { key: "user:a", value },
          { key: NASTY, value: NASTY },
        ]),
    ],
    ["explain", () => explanationText(explain([response], new Map([["user:a", value]]), ["user"]))],
    ["lint", () => problemLine("f", { line: 1, key: NASTY, message: NASTY })],
    ["convert", () => bulkFile([{ key: NASTY, value }]).trimEnd()],
    ["doctor", () => findingLine(ok("Content-Type", NASTY))],
    [
      "the reply to the simulator",
      () =>
        printed(
          {
            url: new URL("http://a/"),
            body: NASTY,
            received: { ok: true, status: 200, text: NASTY, elapsedMs: 1 },
          },
          effect,
          { command: NASTY, problem: undefined },
        ),
    ],
    ["watch", () => responseLine(record, 200)],
    ["the command that is run", () => shellCommand(["put", NASTY])],
  ])("%s: no terminal obeys it", ([, print], { expect }) => {
    vi.stubEnv("NO_COLOR", "1");
    const output = print();
    vi.unstubAllEnvs();
    expect(output).not.toMatch(OBEYED);
    expect(output).not.toMatch(/^BLOCKED/m);
    expect(output).toContain("\\u001b");
  });

  it("convert: means the same to wrangler", ({ expect }) => {
    const entry = { key: "user:a", value: NASTY };
    expect(parseBulkFile(bulkFile([entry])).entries).toEqual([{ ...entry, line: 2 }]);
  });

  it.runIf(process.platform !== "win32")(
    "the command that is run: is the same when bash reads it",
    ({ expect }) => {
      const text = `${NASTY.replaceAll("\0", "")}'\\ $HOME`;
      const command = `printf %s ${shellCommand([text])}`;
      const env = { ...process.env, LC_ALL: "C.UTF-8" };
      expect(spawnSync("bash", ["-c", command], { encoding: "utf8", env }).stdout).toBe(text);
    },
  );
});
