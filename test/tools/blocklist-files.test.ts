import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { describe, it } from "vitest";
import type { Problem } from "../../src/blocklist/entry.ts";
import { explain, keysToExplain, withAcceptance } from "../../src/blocklist/explain.ts";
import { fieldsOf, lintValue, textOf } from "../../src/blocklist/fields.ts";
import { RULE_KINDS } from "../../src/blocklist/key.ts";
import { lintEntries } from "../../src/blocklist/lint.ts";
import { makeKey, parseKey } from "../../src/blocklist/parse-key.ts";
import { ACTIONS, MODES } from "../../src/blocklist/value.ts";
import { fromCell, fromListCell, toCell, toListCell } from "../../src/spreadsheet/cell.ts";
import { bulkFile, parseBulkFile } from "../../tools/blocklist/bulk-file.ts";
import { csvFile, parseCsvFile } from "../../tools/blocklist/csv-file.ts";
import { explanationText } from "../../tools/blocklist/explanation-text.ts";
import { hintsAbout } from "../../tools/blocklist/hints.ts";
import { parseKinds } from "../../tools/blocklist/kinds.ts";
import { kvCommand } from "../../tools/blocklist/kv.ts";
import { problemLine } from "../../tools/blocklist/problem-line.ts";
import { shellCommand } from "../../tools/lib/shell.ts";

const NOW = 1_800_000_000;

function linted({ line, key, message }: Problem): string {
  return problemLine("f", { line, key, message });
}

describe("a key", () => {
  it.for<[kind: string, ids: string[], key: string]>([
    ["user", ["spammer"], "user:spammer"],
    ["pair", ["a:b", "小明"], "pair:a%3Ab:%E5%B0%8F%E6%98%8E"],
    ["ip", ["2001:DB8:0::1"], "ip:2001%3Adb8%3A%3A1"],
    ["ip", ["::ffff:192.0.2.1"], "ip:192.0.2.1"],
    ["applicant", [" a"], "applicant:%20a"],
  ])("of %s %j is %s, and says it again", ([kind, ids, key], { expect }) => {
    expect(makeKey(kind, ids)).toMatchObject({ ok: true, key });
    expect(parseKey(key)).toMatchObject({ ok: true, kind, key });
  });

  it.for<[key: string, message: RegExp]>([
    ["users:bob", /^unknown kind "users": the kinds are pair, user/],
    ["bob", /^unknown kind "bob"/],
    ["User:bob", /^unknown kind "User"/],
    ["user:", /^a user rule is user:<id>/],
    ["user", /^a user rule is user:<id>/],
    ["user:a:b", /^a user rule is user:<id>/],
    ["pair:a", /^a pair rule is pair:<from>:<to>/],
    ["pair:a:b:c", /^a pair rule is pair:<from>:<to>/],
    ["pair::b", /^a pair rule is pair:<from>:<to>/],
    ["user:100%", /^bad encoding/],
    ["user:%ff", /^bad encoding/],
    ["user:a b", /: it is user:a%20b$/],
    ["user:小明", /: it is user:%E5%B0%8F%E6%98%8E$/],
    ["user:%61", /: it is user:a$/],
    ["user:%e5%b0%8f", /: it is user:%E5%B0%8F$/],
    ["ip:2001:db8::1", /: it is ip:2001%3Adb8%3A%3A1$/],
    ["ip:2001%3ADB8%3A%3A1", /: it is ip:2001%3Adb8%3A%3A1$/],
    ["ip:192.0.2.256", /is no IP address$/],
    ["ip:192.0.2.0%2F24", /is no IP address$/],
    [`user:${"x".repeat(129)}`, /^an id has 129 bytes, and no account has more than 128$/],
    [`user:${"%E5%B0%8F".repeat(43)}`, /^an id has 129 bytes/],
    [
      `pair:${"%E5%B0%8F".repeat(42)}:${"%E5%B0%8F".repeat(42)}`,
      /^the key has 762 bytes, and KV takes 512$/,
    ],
  ])("%s is refused", ([key, message], { expect }) => {
    expect(parseKey(key)).toMatchObject({ ok: false, message: expect.stringMatching(message) });
  });
});

describe("a value", () => {
  it.for<[value: string, problems: RegExp[]]>([
    ["spam", []],
    ["spam\n", []],
    ["{}", []],
    [
      '{"code":39000,"reason":"r","actions":["Agree","Reject"],"platforms":["Web"],"note":"n","mode":"observe"}',
      [],
    ],
    ["", [/^the value is empty/]],
    [" ", [/^the value is empty/]],
    ['{"code":38001', [/is not JSON/]],
    ['{"code":1}', [/^code must be a whole number from 38000 to 39000$/]],
    ['{"code":"38001"}', [/^code must be/]],
    ['{"mode":"deny"}', [/^mode must be block or observe or allow$/]],
    ['{"actions":[]}', [/^actions must be a list of Request, Agree, AgreeAndAdd, Reject$/]],
    ['{"platforms":"Web"}', [/^platforms must be/]],
    ['{"note":1}', [/^note must be/]],
    ['{"reason":null}', [/^reason must be/]],
    ['{"reasons":"spam","code":1}', [/^unknown field reasons/, /^code/]],
    ['{"reason":"\\ud800"}', [/half a character/]],
    ["x".repeat(501), [/has 501 characters and is cut after 500/]],
    [`{"reason":"${"x".repeat(501)}"}`, [/has 501 characters/]],
  ])("%s", ([value, problems], { expect }) => {
    expect(lintValue(value)).toEqual(problems.map((problem) => expect.stringMatching(problem)));
  });

  it.for<[fields: object, value: string]>([
    [{ reason: "spam" }, "spam"],
    [{}, "{}"],
    [{ reason: "-1" }, '{"reason":"-1"}'],
    [{ reason: "{x}" }, '{"reason":"{x}"}'],
    [{ reason: " x" }, '{"reason":" x"}'],
    [{ note: "n", code: 38001, reason: undefined }, '{"code":38001,"note":"n"}'],
  ])("of %j is %s", ([fields, value], { expect }) => {
    expect(textOf(fields)).toBe(value);
    expect(fieldsOf(value)).toEqual(JSON.parse(JSON.stringify(fields)));
  });
});

describe("lint", () => {
  it.for<[expiry: { expiration?: number; expiration_ttl?: number }, message?: string]>([
    [{}],
    [{ expiration: NOW + 60 }],
    [{ expiration_ttl: 60 }],
    [{ expiration: NOW }, "has expired"],
    [{ expiration: NOW + 59 }, "expires in 59 seconds, and KV takes no less than 60"],
    [{ expiration_ttl: 59 }, "expires in 59 seconds, and KV takes no less than 60"],
    [{ expiration: 2 ** 31 }, "expires after KV's last day, 2038-01-19"],
    [{ expiration: NOW + 99, expiration_ttl: 99 }, "has both expiration and expiration_ttl"],
  ])("of %j in a file", ([expiry, message], { expect }) => {
    const problems = lintEntries([{ key: "user:a", value: "v", ...expiry, line: 1 }], NOW);
    expect(problems.map((problem) => problem.message)).toEqual(message ? [message] : []);
  });

  it("lets what is stored come to its end", ({ expect }) => {
    const entry = { key: "user:a", value: "v", expiration: NOW + 1, line: undefined };
    expect(lintEntries([entry], undefined)).toEqual([]);
  });

  it.for<[entry: object, message: string]>([
    [
      { value: JSON.stringify({ note: "小".repeat(9_000_000) }) },
      "the value has 27000011 bytes, and KV takes 26214400",
    ],
    [{ metadata: { by: "é".repeat(508) } }, "metadata has 1025 bytes, and KV takes 1024"],
  ])("finds what KV would refuse half-way", ([entry, message], { expect }) => {
    const problems = lintEntries([{ key: "user:a", value: "v", ...entry, line: 3 }], NOW);
    expect(problems).toEqual([{ line: 3, key: "user:a", message }]);
  });
});

describe("a bulk file", () => {
  it("is read with the line of each entry", ({ expect }) => {
    const text =
      '[{"key":"user:a",\n"value":"x"},\n\n  {"key":"user:b","value":"y","expiration":5}\n]';
    expect(parseBulkFile(text)).toEqual({
      entries: [
        { key: "user:a", value: "x", line: 1 },
        { key: "user:b", value: "y", expiration: 5, line: 4 },
      ],
      problems: [],
    });
  });

  it("is what bulkFile writes", ({ expect }) => {
    const entries = [
      { key: "user:a", value: '{"code":38001}', expiration: 5, metadata: { by: "me" } },
      { key: "user:b", value: 'a "quoted"\nreason' },
    ];
    expect(parseBulkFile(bulkFile(entries)).entries).toEqual([
      { ...entries[0], line: 2 },
      { ...entries[1], line: 3 },
    ]);
    expect(parseBulkFile(bulkFile([]))).toEqual({ entries: [], problems: [] });
  });

  it.for<[text: string, problems: string[]]>([
    ["{}", ["f:1: must be an array of entries"]],
    ['[\n{"key":"user:a",}\n]', ["f:2: is not JSON: Unexpected token RBrace found. (2:17)"]],
    [
      "\n> friendgate@0.2.0 blocklist\n",
      ["f:1: begins with npm's banner: write it with npm run -s"],
    ],
    ["[\n5]", ["f:2: must be an object with key and value"]],
    [
      '[\n{"key":"user:a"}]',
      ["f:2: user:a: value: Invalid input: expected string, received undefined"],
    ],
    [
      '[\n{"key":"user:a",\n"value":{}}]',
      ["f:3: user:a: value: Invalid input: expected string, received object"],
    ],
    ['[\n{"key":"user:a",\n"value":"v",\n"ttl":60}]', ["f:4: user:a: wrangler ignores ttl"]],
  ])("%j", ([text, problems], { expect }) => {
    expect(parseBulkFile(text).problems.map(linted)).toEqual(problems);
  });
});

/** What a spreadsheet, a terminal or a reader of CSV takes for something else. */
const HARD = [
  ...[
    "=",
    "+",
    "-",
    "@",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
    "'",
    '"',
    ",",
    "|",
    " ",
    "\u00a0",
  ],
  ...[
    "\t",
    "\r",
    "\n",
    "\0",
    "\u001b",
    "\u0085",
    "\u202e",
    "\ufeff",
    "\\",
    "u",
    "0",
    "5",
    "c",
    "{",
    "小",
    "👋",
  ],
];

describe("a cell", () => {
  it.for([
    ["=1+1", "'=1+1"],
    ["'=1+1", "''=1+1"],
    ["+491701234", "'+491701234"],
    ["-", "'-"],
    ["@all", "'@all"],
    ["\uff1dcmd", "'\uff1dcmd"],
    ["'tis", "'tis"],
    ["a=b", "a=b"],
    ["\tx", "\\u0009x"],
    ["\r=x", "\\u000d=x"],
    ["\u001b[2J", "\\u001b[2J"],
    ["\\u001b", "\\u005cu001b"],
    ["C:\\users", "C:\\users"],
    [" x ", "\\u0020x\\u0020"],
  ] as const)("of %j is %s, and is read again", ([text, cell], { expect }) => {
    expect(toCell(text)).toBe(cell);
    expect(fromCell(cell)).toBe(text);
  });

  it.for([
    ["=1+1", "=1+1"],
    ["'", "'"],
    ["\\u0041", "\\u0041"],
    ["\\u001B", "\u001b"],
  ] as const)("that a person wrote, %s, is %j", ([cell, text], { expect }) => {
    expect(fromCell(cell)).toBe(text);
  });

  it.for([
    [["a|b", " c"], "a\\u007cb|\\u0020c"],
    [["=a", "=b"], "'=a|=b"],
    [["Web", "iOS"], "Web|iOS"],
  ] as const)("of a list %j is %s, and is read again", ([texts, cell], { expect }) => {
    expect(toListCell(texts)).toBe(cell);
    expect(fromListCell(cell)).toEqual(texts);
  });
});

describe("a CSV file", () => {
  it("is read with the line of each rule, in any order of its columns", ({ expect }) => {
    const text =
      '\ufefffrom,to,kind,reason,id,expires\r\n\r\n,,user,"two\r\nlines",a,2030-01-31\r\nb,c,pair,,,\r\n';
    expect(parseCsvFile(text)).toEqual({
      entries: [
        { key: "user:a", value: "two\nlines", expiration: 1_896_048_000, line: 3 },
        { key: "pair:b:c", value: "{}", line: 5 },
      ],
      problems: [],
    });
  });

  it.for<[text: string, problem: RegExp]>([
    ["kind,name\nuser,a", /^f:1: unknown column name: the first row names the columns/],
    ["user,spammer", /^f:1: unknown column user, spammer/],
    ["id\na", /^f:1: no column kind/],
    ["kind,id\nusers,a", /^f:2: unknown kind "users"/],
    ["kind,id\nuser,a\nuser", /^f:3: a user rule is user:<id>/],
    ["kind,id\nuser,a,b", /^f:2: has more cells than there are columns: put quotes around/],
    ["kind,id,ID\nuser,a,b", /^f:1: the column id is there twice/],
    ["kind,id\nuser, a", /^f:2: the id " a" has a space around it/],
    ["kind,id\nuser,", /^f:2: a user rule is user:<id>/],
    ["kind,id,to\nuser,a,b", /^f:2: a user rule has no to/],
    ["kind,id,from,to\npair,a,b,c", /^f:2: a pair rule has no id/],
    ["kind,id,expires\nuser,a,soon", /^f:2: expires soon is no date/],
    ["kind,id,expires\nuser,a,2030-02-31", /^f:2: expires 2030-02-31 is no date/],
    ['kind,id\nuser,"a', /^f:2: Quote Not Closed/],
  ])("%j", ([text, problem], { expect }) => {
    const { entries, problems } = parseCsvFile(text);
    expect(problems.map(linted)).toEqual([expect.stringMatching(problem)]);
    expect(entries).toEqual(text.startsWith("kind,id\nuser,a\n") ? [expect.anything()] : []);
  });

  it.for(["code,38x", "code,1", "mode,deny", "actions,Agree|agree"])(
    "leaves to lint what a field must be: %s",
    (text, { expect }) => {
      const [column, cell] = text.split(",");
      const { entries } = parseCsvFile(`kind,id,${column}\nuser,a,${cell}`);
      expect(lintEntries(entries, NOW).map(linted)).toEqual([
        expect.stringMatching(new RegExp(`^f:2: user:a: ${column} must be`)),
      ]);
    },
  );

  it("holds every rule that can be read, and gives it back", ({ expect }) => {
    const text = fc.oneof(
      // No longer than an id may be.
      fc
        .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
        .filter((text) => Buffer.byteLength(text) <= 60),
      fc.string({ unit: fc.constantFrom(...HARD), minLength: 1, maxLength: 8 }),
    );
    const rule = fc.record({
      ids: fc.tuple(text, text),
      kind: fc.constantFrom(...RULE_KINDS.filter((kind) => kind !== "ip")),
      expiration: fc.option(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { nil: undefined }),
      fields: fc.record(
        {
          reason: text,
          code: fc.integer({ min: 38000, max: 39000 }),
          actions: fc.subarray([...ACTIONS], { minLength: 1 }),
          platforms: fc.array(text, { minLength: 1, maxLength: 3 }),
          mode: fc.constantFrom(...MODES),
          note: text,
        },
        { requiredKeys: [] },
      ),
    });
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 5 }), (rules) => {
        const entries = rules.map(({ kind, ids, fields, expiration }) => {
          const made = makeKey(kind, kind === "pair" ? ids : [ids[0]]);
          if (!made.ok) throw new Error(made.message);
          const value = textOf(fields);
          return { key: made.key, value, ...(expiration && { expiration }), line: undefined };
        });
        const { csv, problems } = csvFile(entries);
        expect(problems).toEqual([]);
        for (const cell of parse(csv).flat()) {
          expect(cell).not.toMatch(
            /^[=+\-@\uff0b\uff0d\uff1d\uff20]|\p{Cc}|[\u202a-\u202e]|^\s|\s$/u,
          );
        }
        const back = parseCsvFile(csv);
        expect(back.problems).toEqual([]);
        expect(back.entries.map((entry) => ({ ...entry, line: undefined }))).toEqual(entries);
      }),
      { numRuns: 1_000 },
    );
  });

  it.for([
    { key: "users:a", value: "spam" },
    { key: "user:a", value: '{"code":1}' },
    { key: "user:a", value: '{"platforms":[""]}' },
    { key: "user:a", value: '{"reason":""}' },
    { key: "user:a", value: "spam", metadata: { by: "me" } },
  ])("says what it cannot hold: %j", (entry, { expect }) => {
    const { csv, problems } = csvFile([{ ...entry, line: undefined }]);
    expect(problems).toEqual([
      { line: undefined, key: entry.key, message: "cannot be written as CSV" },
    ]);
    expect(csv.trim().split("\n")).toHaveLength(1);
  });
});

describe("wrangler", () => {
  it("is always told where to work", ({ expect }) => {
    const common = ["kv", "key", "list", "--binding", "BLOCKLIST"];
    for (const [env, name] of [
      [undefined, "friendgate"],
      ["staging", "friendgate-staging"],
    ] as const) {
      const config = `.wrangler/friendgate/${name}.json`;
      const command = kvCommand(["key", "list"], { remote: true, env });
      expect(command).toEqual([...common, "--remote", "--config", config]);
    }
    expect(kvCommand(["key", "list"], { remote: false, persistTo: "x" })).toEqual([
      ...common,
      "--local",
      "--persist-to",
      "x",
    ]);
  });

  it("is shown as it can be pasted", ({ expect }) => {
    expect(shellCommand(["put", "user:a%20b", "don't", "", '{"a":1}'])).toBe(
      `put user:a%20b 'don'\\''t' '' '{"a":1}'`,
    );
  });
});

describe("BLOCKLIST_KINDS", () => {
  it("is read as the Worker reads it", ({ expect }) => {
    expect(parseKinds("")).toEqual(["pair", "user"]);
    expect(parseKinds("ip, user")).toEqual(["user", "ip"]);
    expect(parseKinds("", "100")).toEqual(["pair", "user", "applicant"]);
    expect(() => parseKinds("users")).toThrow(/^BLOCKLIST_KINDS must be a list of/);
  });
});

describe("an explanation", () => {
  const response = {
    responderId: "alice",
    applicantId: "bob",
    requesterId: "carol",
    action: "Agree",
    platform: "Web",
    clientIp: "::ffff:192.0.2.1",
  } as const;

  it("reads the keys of every kind", ({ expect }) => {
    expect(keysToExplain([response])).toEqual([
      "pair:alice:bob",
      "user:alice",
      "user:carol",
      "user:bob",
      "responder:alice",
      "responder:carol",
      "applicant:bob",
      "ip:192.0.2.1",
    ]);
  });

  it("reads no key that is longer than any in KV", ({ expect }) => {
    const long = { ...response, applicantId: "x".repeat(600) };
    expect(keysToExplain([long])).toEqual([
      "user:alice",
      "user:carol",
      "responder:alice",
      "responder:carol",
      "ip:192.0.2.1",
    ]);
  });

  it.for<[values: Record<string, string>, kinds: string, lines: string[]]>([
    [
      { "user:bob": '{"code":38020,"reason":"\\"no\\""}' },
      "user",
      [
        'user:bob    block with 38020 "\\"no\\""',
        "Decided by user:bob: refused.",
        'ResultItem: {"To_Account":"bob","ResultCode":38020,"ResultInfo":"\\"no\\""}',
      ],
    ],
    [
      { "user:bob": '{"code":1}' },
      "user",
      [
        'user:bob    block with 38000 "This friend response is not allowed."; its value cannot be read, so the defaults hold',
        "Decided by user:bob: refused.",
      ],
    ],
    [
      { "user:bob": '{"actions":["Reject"],"platforms":["iOS"]}' },
      "user",
      [
        'user:bob    block with 38000 "This friend response is not allowed."; does not apply: it is for Reject on iOS',
        "No rule decides: it passes.",
        'ResultItem: {"To_Account":"bob","ResultCode":0,"ResultInfo":""}',
      ],
    ],
    [
      { "user:bob": '{"mode":"observe"}', "ip:192.0.2.1": "no" },
      "user",
      [
        "Not read, for BLOCKLIST_KINDS leaves the kind out:",
        'ip:192.0.2.1  block with 38000 "no"',
        "No rule decides: it passes.",
        "Observed: user:bob would have refused it.",
      ],
    ],
    [
      { "pair:alice:bob": '{"mode":"allow"}', "user:bob": "no" },
      "user,pair",
      ["Decided by pair:alice:bob: an exception, it passes."],
    ],
  ])("of %j with %s", ([values, kinds, lines], { expect }) => {
    const explanation = explain([response], new Map(Object.entries(values)), parseKinds(kinds));
    const explained = explanationText(explanation)
      .split("\n")
      .map((line) => line.trim());
    expect(explained).toEqual(expect.arrayContaining(lines));
  });
});

describe("an explanation of a friend request", () => {
  const request = {
    responderId: "alice",
    applicantId: "bob",
    requesterId: "carol",
    action: "Request",
    platform: "Web",
    clientIp: "192.0.2.1",
  } as const;
  const kinds = parseKinds("user,pair,applicant,ip");
  const [REQUEST, ACCEPTANCE] = ["The request:", "Its acceptance:"];
  const REFUSED = "Decided by user:bob: refused.";
  const PASSES = "No rule decides: it passes.";
  const item = (account: string, code: number, info: string) =>
    `ResultItem: ${JSON.stringify({ To_Account: account, ResultCode: code, ResultInfo: info })}`;

  it("reads the keys of both, and whoever sends the request is an applicant", ({ expect }) => {
    expect(keysToExplain(withAcceptance(request))).toEqual([
      "pair:alice:bob",
      "user:alice",
      "user:bob",
      "user:carol",
      "responder:alice",
      "applicant:bob",
      "applicant:carol",
      "ip:192.0.2.1",
    ]);
  });

  it.for<[value: string, about: string, lines: string[]]>([
    [
      "no",
      'block with 38000 "no"',
      [
        REQUEST,
        REFUSED,
        item("alice", 38_000, "no"),
        ACCEPTANCE,
        REFUSED,
        item("bob", 38_000, "no"),
      ],
    ],
    [
      '{"actions":["Request"]}',
      'block with 38000 "This friend request is not allowed."; applies to one of the two: it is for Request',
      [
        ...[REQUEST, REFUSED, item("alice", 38_000, "This friend request is not allowed.")],
        ...[ACCEPTANCE, PASSES, item("bob", 0, "")],
      ],
    ],
    [
      '{"actions":["AgreeAndAdd"],"reason":"late"}',
      'block with 38000 "late"; applies to one of the two: it is for AgreeAndAdd',
      [
        ...[REQUEST, PASSES, item("alice", 0, "")],
        ...[ACCEPTANCE, REFUSED, item("bob", 38_000, "late")],
      ],
    ],
    [
      '{"actions":["Reject"],"reason":"odd"}',
      'block with 38000 "odd"; does not apply: it is for Reject',
      [REQUEST, PASSES, item("alice", 0, ""), ACCEPTANCE, PASSES, item("bob", 0, "")],
    ],
  ])("%s", ([value, about, lines], { expect }) => {
    const values = new Map([["user:bob", value]]);
    const explained = explanationText(explain(withAcceptance(request), values, kinds)).split("\n");
    expect(explained).toContain(`  user:bob         ${about}`);
    expect(explained.slice(-6)).toEqual(lines);
  });

  it("names what REQUESTS_PER_DAY has made, and lets an exception go before it", ({ expect }) => {
    const quota = '{"reason":"quota","actions":["Request"],"mode":"block","note":"since noon"}';
    const values = new Map([
      ["applicant:bob", quota],
      ["ip:192.0.2.1", '{"mode":"allow"}'],
    ]);
    const text = explanationText(explain(withAcceptance(request), values, kinds));
    expect(text).toContain(
      'block with 38000 "Too many friend requests. Try again later."; made by REQUESTS_PER_DAY: ' +
        "every exception goes before it",
    );
    expect(text).toContain("The request:\nDecided by ip:192.0.2.1: an exception, it passes.");
    values.delete("ip:192.0.2.1");
    const refused = explanationText(explain(withAcceptance(request), values, kinds));
    expect(refused).toContain("The request:\nDecided by applicant:bob: refused.");
    expect(refused).toContain(`${ACCEPTANCE}\n${PASSES}`);
  });
});

describe("a hint", () => {
  it.for([
    ['{"actions":["Agree","AgreeAndAdd"]}', 1],
    ['{"actions":["AgreeAndAdd","Reject"],"mode":"observe"}', 1],
    ['{"actions":["Request","AgreeAndAdd"]}', 0],
    ['{"actions":["Request"]}', 0],
    ['{"actions":["Reject"]}', 0],
    ['{"actions":["Agree"],"mode":"allow"}', 0],
    ["spam", 0],
    ['{"actions":["agree"]}', 0],
  ] as const)("about %s: %i", ([value, count], { expect }) => {
    expect(hintsAbout([{ key: "user:bob", value, line: 7 }])).toEqual(
      Array.from({ length: count }, () => ({
        line: 7,
        key: "user:bob",
        message: expect.stringContaining("lets the request pass: add Request"),
      })),
    );
  });
});
