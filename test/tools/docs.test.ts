import { describe, it } from "vitest";
import { readConfig } from "../../src/config.ts";
import { apiPage } from "../../tools/docs/api.ts";
import { configurationPage } from "../../tools/docs/configuration.ts";
import { anchorOf, table } from "../../tools/docs/markdown.ts";
import { commandsIn, whenNo } from "../../tools/docs/tools.ts";

describe("docs/configuration.md", () => {
  const rows = new Map(
    configurationPage()
      .split("\n")
      .filter((line) => line.startsWith("| `"))
      .map((line) => line.split(" | "))
      .map(([name = "", , , values, ordinary, whenWrong]) => [
        name.replaceAll(/[|` ]/g, ""),
        { values, ordinary, whenWrong },
      ]),
  );

  it("has a row for every name that the Worker reads", ({ expect }) => {
    const names = new Set<string>();
    readConfig(new Proxy({}, { get: (_, name) => void names.add(String(name)) }));
    expect(names.size).toBeGreaterThan(20);
    expect([...names].filter((name) => !rows.has(name))).toEqual([]);
  });

  it.for([
    ["SDK_APP_ID", "required", "HTTP 500"],
    ["CALLBACK_TOKEN", "required", "HTTP 500"],
    ["BLOCKLIST_KINDS", "`user,pair`", "HTTP 500"],
    ["TOMBSTONE_DAYS", "`30`", "HTTP 500"],
    ["API_TOKEN", "none", "It counts as not set."],
    ["SHARDS", "none", "changes wait in the queue"],
  ] as const)(
    "says of %s what counts unless set, and what a wrong value does",
    (row, { expect }) => {
      const [name, ordinary, whenWrong] = row;
      expect(rows.get(name)).toMatchObject({
        ordinary,
        whenWrong: expect.stringContaining(whenWrong),
      });
    },
  );

  it("has the rule that a value must keep", ({ expect }) => {
    expect(rows.get("TOMBSTONE_DAYS")?.values).toBe("a whole number of days from 15 to 3650");
  });
});

describe("a table", () => {
  it("keeps a cell with a bar, or of two lines, within its row", ({ expect }) => {
    expect(table(["one", "other"], [["a|b", "c\nd"]])).toBe(
      "| one | other |\n| --- | --- |\n| a\\|b | c d |\n",
    );
  });
});

describe("docs/api.md", () => {
  const page = (path: string) =>
    apiPage({
      paths: { [path]: { get: { operationId: "any", summary: "Any", responses: {} } } },
      components: { schemas: {} },
    });

  it("links to a request by the anchor that GitHub makes of its heading", ({ expect }) => {
    expect(anchorOf("GET /v1/users/{userId}/friend-list")).toBe("get-v1usersuseridfriend-list");
    expect(page("/v1/users/{userId}")).toContain("(#get-v1usersuserid)");
  });

  it("is not made where a part of a path has no example", ({ expect }) => {
    expect(() => page("/v1/users/{otherId}")).toThrow("no example for otherId");
  });
});

describe("a help text", () => {
  const help = [
    ...["Usage: any", "", "Commands:", "  add [options] <kind>  adds", "                   a rule"],
    ...["  help [command]   display help", "", "Exit code:"],
    ...["  0: done. 1: refused, or", "  not found. 2: the command was wrong.", ""],
  ].join("\n");

  it("tells the commands, and when the answer is no", ({ expect }) => {
    expect(commandsIn(help)).toEqual(["add"]);
    expect(whenNo(help)).toBe("refused, or not found");
    expect(whenNo("Exit code:\n 0: done. 2: the command was wrong.")).toBe("never");
  });
});
