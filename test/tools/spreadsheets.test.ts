import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, it } from "vitest";
import { isColumn } from "../../src/blocklist/csv-row.ts";
import { doubtsAbout } from "../../src/blocklist/doubts.ts";
import { textOf } from "../../src/blocklist/fields.ts";
import { makeKey } from "../../src/blocklist/parse-key.ts";
import { delimiterOf, parseDelimiter } from "../../src/spreadsheet/delimiter.ts";
import { compare, driftLines } from "../../tools/blocklist/compare.ts";
import { problemLine } from "../../tools/blocklist/problem-line.ts";
import { type FileOptions, readRules } from "../../tools/blocklist/rules-file.ts";
import { ENCODERS, gb18030 } from "../support/spreadsheet.ts";

const folder = mkdtempSync(join(tmpdir(), "friendgate-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** What is read of a file with these bytes, its problems as they are printed. */
function readOf(bytes: Uint8Array | string, options: FileOptions = {}, name = "f.csv") {
  writeFileSync(join(folder, name), bytes);
  const { entries, problems, notes } = readRules(join(folder, name), options);
  return { entries, notes, problems: problems.map((problem) => problemLine("f", problem)) };
}

const ROWS = [
  ["Kind", "ID", "From", "TO", "reason", ""],
  ["user", "小明", "", "", "禁止，再见", ""],
  ["", "", "", "", "", ""],
  ["pair", "", "张三", "bob", 'two\nlines, a "quote"; and\ttab', ""],
  ["user", "eve", "", "", "", ""],
];

function csvOf(delimiter: string, lineBreak: string): string {
  const quoted = (cell: string) =>
    /["\n,;\t]/.test(cell) ? `"${cell.replaceAll('"', '""').replace("\n", lineBreak)}"` : cell;
  const rows = ROWS.map((row) => row.map(quoted).join(delimiter));
  // An empty row has no separators, too, and the last one leaves its empty cells out.
  return [...rows.slice(0, -1), "", "user;eve".replace(";", delimiter)].join(lineBreak);
}

const DELIMITERS = { commas: ",", semicolons: ";", tabs: "\t" };
const LINE_BREAKS = { LF: "\n", CRLF: "\r\n", CR: "\r" };

describe.for(Object.entries(ENCODERS))("a file in %s", ([encoding, encode]) => {
  const name = encoding.replace(" with BOM", "");

  it.for(
    Object.entries(DELIMITERS).flatMap(([names, delimiter]) =>
      Object.entries(LINE_BREAKS).map(([breaks, lineBreak]) => ({
        ...{ names, delimiter, breaks, lineBreak },
      })),
    ),
  )("with $names and $breaks is read right, and said so", (file, { expect }) => {
    const read = readOf(encode(csvOf(file.delimiter, file.lineBreak)));
    expect(read.problems).toEqual([]);
    expect(read.entries).toEqual([
      { key: "user:%E5%B0%8F%E6%98%8E", value: "禁止，再见", line: 2 },
      {
        key: "pair:%E5%BC%A0%E4%B8%89:bob",
        value: 'two\nlines, a "quote"; and\ttab',
        line: 4,
      },
      { key: "user:eve", value: "{}", line: 7 },
    ]);
    expect(read.notes[0]).toBe(`read as ${name}, separated by ${file.names}`);
    expect(read.notes.length).toBe(encoding === "GB18030" ? 2 : 1);
  });
});

describe("a file that cannot be read", () => {
  const bytes = (...parts: (string | number[])[]) =>
    Buffer.concat(parts.map((part) => Buffer.from(part as string)));

  it.for<[what: string, bytes: Buffer, options: FileOptions, problem: RegExp]>([
    [
      "UTF-8 with a byte that is broken",
      bytes("kind,id\nuser,小明\nuser,小", [0xe6, 0x98], "\nuser,小红\n"),
      {},
      /^f:3: is not UTF-8, and not surely GB18030: save the file as CSV UTF-8, or name its encoding/,
    ],
    [
      "UTF-8 that is cut off",
      bytes("kind,id\nuser,小明\nuser,", [0xe5, 0xb0]),
      {},
      /^f:3: is not UTF-8/,
    ],
    [
      "UTF-8 with a mark and a broken byte",
      bytes([0xef, 0xbb, 0xbf], "kind,id\nuser,", [0xff], "\n"),
      {},
      /^f:2: has bytes that are not UTF-8: save the file as CSV UTF-8, or name/,
    ],
    ["Windows-1252", bytes("kind,id\nuser,m", [0xfc], "ller\n"), {}, /^f:2: is not UTF-8/],
    [
      "Big5",
      bytes("kind,id\nuser,", [0xa4, 0x70, 0xa9, 0xfa], "\n"),
      {},
      /^f:2: is not UTF-8, and not surely GB18030/,
    ],
    [
      "UTF-16 with half a character",
      bytes([0xff, 0xfe], Buffer.from("kind,id\nuser,", "utf16le").toJSON().data, [0x00, 0xd8]),
      {},
      /^f:2: has bytes that are not UTF-16 LE/,
    ],
    [
      "GB18030 that is called UTF-8",
      gb18030("kind,id\nuser,小明\n"),
      { encoding: "utf-8" },
      /^f:2: has bytes that are not UTF-8/,
    ],
    ["an XLSX workbook", bytes("PK\u0003\u0004…"), {}, /^f: is an XLSX workbook: save it as CSV/],
    ["an XLS workbook", bytes([0xd0, 0xcf, 0x11, 0xe0]), {}, /^f: is an XLS workbook: save it as/],
  ])(
    "%s: its line and what to do are said, and no rule is made up",
    ([, file, options, problem], { expect }) => {
      const read = readOf(file, options);
      expect(read.problems).toEqual([expect.stringMatching(problem)]);
      expect(read.entries).toEqual([]);
    },
  );

  it.for([
    [Buffer.from([0x6d, 0xfc, 0x6c, 0x6c, 0x65, 0x72]), "windows-1252", "müller"],
    [Buffer.from([0xa4, 0x70, 0xa9, 0xfa]), "big5", "小明"],
    [gb18030("喆"), "gb18030", "喆"],
  ] as const)("is read where its encoding is named", ([id, encoding, account], { expect }) => {
    const file = Buffer.concat([Buffer.from("kind,id\nuser,"), id]);
    expect(readOf(file).problems).toHaveLength(1);
    const read = readOf(file, { encoding });
    expect(read.problems).toEqual([]);
    expect(read.entries[0]?.key).toBe(`user:${encodeURIComponent(account)}`);
  });
});

describe("the separator", () => {
  it.for([
    ["kind,id\n", ","],
    ["\n;;;\nkind;id;reason\nuser;a;b,c", ";"],
    ['"Kind"\t"Id"\n', "\t"],
    ["kind;id;from,to", ";"],
    ["nothing", ","],
    ["", ","],
  ] as const)("of %j is %j", ([text, delimiter], { expect }) => {
    expect(delimiterOf(text, isColumn)).toBe(delimiter);
  });

  it.for([
    [";", ";"],
    ["tab", "\t"],
    ["\\t", "\t"],
    ["|", undefined],
    ['"', undefined],
    ["ab", undefined],
    ["a", undefined],
  ] as const)("given as %s is %j", ([text, delimiter], { expect }) => {
    expect(parseDelimiter(text)).toBe(delimiter);
  });

  it("is the one that is given", ({ expect }) => {
    const { entries, notes } = readOf("kind#id\nuser#a,b\n", { delimiter: "#" });
    expect(entries.map(({ key }) => key)).toEqual(["user:a%2Cb"]);
    expect(notes).toEqual(['read as UTF-8, separated by "#"']);
  });
});

describe("a rule that a file has twice", () => {
  it("counts once where it says the same, and is told", ({ expect }) => {
    const read = readOf("kind,id,reason\nuser,a,x\nuser,b,\nuser,a,x\nuser,a, x\n");
    expect(read.problems).toEqual([]);
    expect(read.entries.map(({ key, line }) => [key, line])).toEqual([
      ["user:a", 2],
      ["user:b", 3],
    ]);
    expect(read.notes[1]).toBe("2 rows repeat a rule, which counts once: line 4 is as line 2");
  });

  it.for([
    "kind,id,reason\nuser,a,x\nuser,a,y",
    "kind,id,reason\nuser,a,x\nuser,a,",
    "kind,id,expires\nuser,a,\nuser,a,2037-01-01",
  ])("and that contradicts itself is a problem with both lines: %j", (text, { expect }) => {
    expect(readOf(text).problems).toEqual([
      "f:3: user:a: contradicts line 2, another rule with the same key",
    ]);
  });

  it("is found in a bulk file, too", ({ expect }) => {
    const text =
      '[{"key":"user:a","value":"x"},\n{"key":"user:a","value":"{\\"reason\\":\\"x\\"}"}]';
    expect(readOf(text, {}, "f.json")).toMatchObject({
      entries: [{ key: "user:a", line: 1 }],
      problems: [],
      notes: ["1 row repeats a rule, which counts once: line 2 is as line 1"],
    });
  });
});

describe("an id", () => {
  const problemsOf = (id: string) => {
    const made = makeKey("user", [id]);
    if (!made.ok) throw new Error(made.message);
    return doubtsAbout([{ key: made.key, value: "x", line: 2 }]).map(({ message }) => message);
  };

  it.for([
    ["1.40E+10", /a number that a spreadsheet has shortened/],
    ["1,4E+10", /shortened/],
    ["1E-05", /shortened/],
    ["#N/A", /an error of a spreadsheet/],
    ["#REF!", /an error/],
    ["#VALUE!", /an error/],
    ["#DIV/0!", /an error/],
    ["#NAME?", /an error/],
    ["########", /an error/],
    ["144115198244471000", /keeps 15 digits/],
    ["1-Mar", /a date/],
    ["3月1日", /a date/],
    ["a\ufffd", /could not be read/],
  ] as const)("%s is not what was meant", ([id, problem], { expect }) => {
    expect(problemsOf(id)).toEqual([expect.stringMatching(problem)]);
  });

  it.for(["1e5", "14000000000", "144115198244471703", "#tag", "@TLS#NOT_FOUND", "March-1", "E+10"])(
    "%s may be meant",
    (id, { expect }) => {
      expect(problemsOf(id)).toEqual([]);
    },
  );

  it("in doubt stops a file, unless it is forced", ({ expect }) => {
    const text =
      "kind,id,from,to,platforms\nuser,#N/A,,,\npair,,a,1.4E+10,\nuser,b,,,ios|Andriod\n";
    expect(readOf(text).problems).toEqual([
      expect.stringMatching(/^f:2: user:%23N%2FA: the id #N\/A looks like an error/),
      expect.stringMatching(/^f:3: pair:a:1\.4E%2B10: the id 1\.4E\+10 looks like a number/),
      expect.stringMatching(
        /^f:4: user:b: no callback comes from the platform "Andriod": they are/,
      ),
    ]);
    expect(readOf(text, { force: true }).problems).toEqual([]);
  });
});

describe("a platform", () => {
  const problemsOf = (platforms: string[]) =>
    doubtsAbout([{ key: "user:a", value: textOf({ platforms }), line: 2 }]);

  it.for(["RESTAPI", "Web", "Android", "iOS", "IOS", "Windows", "Mac", "macOS", "iPad", "Unkown"])(
    "%s is known",
    (platform, { expect }) => {
      expect(problemsOf([platform])).toEqual([]);
    },
  );

  it.for(["Andriod", "", "Web "])("%j is not", (platform, { expect }) => {
    expect(problemsOf(["Web", platform])).toHaveLength(1);
  });
});

describe("the drift between a file and what is stored", () => {
  it("is what an import would add and change, and what --prune would remove", ({ expect }) => {
    const wanted = [
      { key: "user:new", value: "x" },
      { key: "user:same", value: '{"reason":"x"}' },
      { key: "user:other", value: "小明\u001b", expiration: 2_000_000_000 },
      { key: "user:ended", value: "x" },
    ];
    const stored = ["user:same", "user:other", "user:ended", "user:gone"].map((key) => ({ key }));
    const values = new Map([
      ["user:same", "x"],
      ["user:other", "y"],
    ]);
    expect(driftLines(compare(wanted, stored, values))).toEqual([
      "+ user:new  x",
      // It ended between the list and the read.
      "+ user:ended  x",
      "~ user:other  y -> 小明\\u001b (until 2033-05-18T03:33:20Z)",
      "- user:gone",
    ]);
    expect(driftLines(compare(wanted.slice(1, 2), stored.slice(0, 1), values))).toEqual([]);
  });

  it("is nothing of what REQUESTS_PER_DAY has given, which no file has to have", ({ expect }) => {
    const stored = [
      { key: "applicant:given", metadata: { by: "quota" } },
      { key: "applicant:written", metadata: { by: "hand" } },
    ];
    expect(compare([], stored, new Map()).remove).toEqual(["applicant:written"]);
    const own = { key: "applicant:given", value: "x" };
    const given = new Map([["applicant:given", '{"reason":"quota","actions":["Request"]}']]);
    expect(compare([own], stored, given).change).toMatchObject([{ after: own }]);
  });
});
