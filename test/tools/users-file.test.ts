import { describe, it } from "vitest";
import { readUsers } from "../../tools/reconcile/users-file.ts";
import { ENCODERS } from "../support/spreadsheet.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("a file of users", () => {
  it.for<[string, string, string[]]>([
    ["one a line", "alice\nbob\n", ["alice", "bob"]],
    ["one a line, by Windows", "alice\r\nbob\r\n\r\n", ["alice", "bob"]],
    ["one a line, whatever it holds", 'a,b;c\n"x"\n小明\nid1\n', ["a,b;c", '"x"', "小明", "id1"]],
    ["each once", "alice\nbob\nalice\n", ["alice", "bob"]],
    ["a column of CSV", "name,UserID\nAlice,a1\nBob,b2\n", ["a1", "b2"]],
    ["with quotes", 'user_id,name\n"a,1","x"\n', ["a,1"]],
    ["with semicolons", "id;name\na,1;x\n", ["a,1"]],
    ["with tabs", "Account\tname\na1\tx\n", ["a1"]],
    ["a column alone", "User ID\na1\n", ["a1"]],
    ["empty rows", "id,name\n\na1,x\n,\n", ["a1"]],
    ["a mark before it", "\ufeffid\na1\n", ["a1"]],
    ["a mark before lines", "\ufeffalice\n", ["alice"]],
    ["nothing", "", []],
  ])("with %s", ([_, text, users], { expect }) => {
    expect(readUsers(bytes(text))).toMatchObject({ users, problems: [] });
  });

  it("says what it was taken for", ({ expect }) => {
    expect(readUsers(bytes("name,UserID\n")).form).toBe("the column UserID, in UTF-8");
    expect(readUsers(bytes("alice\n")).form).toBe("one account a line, in UTF-8");
  });

  it.for<[string, string, number]>([
    ["a space around an account", "alice\n bob\n", 2],
    ["a space alone", "alice\n \n", 2],
    ["a row without one", "id,name\na1,x\n,y\n", 3],
    ["quotes that do not end", 'id\n"a1\n', 2],
  ])("with %s is refused, with the line", ([_, text, line], { expect }) => {
    expect(readUsers(bytes(text)).problems).toMatchObject([{ line }]);
  });

  it("may be in the encodings of spreadsheets", ({ expect }) => {
    for (const encode of Object.values(ENCODERS)) {
      const read = readUsers(encode("userId,编号\n小明,一\n小红,二\n"));
      expect(read).toMatchObject({ users: ["小明", "小红"], problems: [] });
    }
  });

  it("that is a workbook is refused", ({ expect }) => {
    const { problems } = readUsers(new Uint8Array([0x50, 0x4b, 0x03, 0x04]));
    expect(problems).toMatchObject([{ message: expect.stringContaining("save it as CSV") }]);
  });
});
