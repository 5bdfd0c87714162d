import { readFile } from "node:fs/promises";
import { describe, it } from "vitest";
import { putValue, stage, storedRule } from "./stage.ts";

const { open } = stage();

const CSV = `kind,id,from,to,reason,code,expires,note
user,imported1,,,"no, spam",,,a note
robot,imported2,,,,,,
pair,,imported3,imported4,,38005,2030-01-31T12:00+08:00,
user,imported5,,,,7,,
user,imported1,,,"no, spam",,,a note
ip,203.0.113.300,,,,,,
user, imported6,,,,,,
`;

const csvFile = (text: string) => ({
  name: "bans.csv",
  mimeType: "text/csv",
  buffer: Buffer.from(text),
});

describe("the import of a CSV file", () => {
  it("names each mistake by its line, and stores the others when it is told to", async ({
    expect,
  }) => {
    const page = await open("moderator", "#/blocklist/import");
    await page.getByLabel("CSV file").setInputFiles(csvFile(CSV));
    await page.getByText("2 rules found, 4 problems. 1 row repeat").waitFor();
    const lines = await page.getByRole("row").allInnerTexts();
    expect(lines.slice(1)).toEqual([
      expect.stringMatching(/^3\s.*unknown kind "robot"/),
      expect.stringMatching(/^5\s.*code must be a whole number/),
      expect.stringMatching(/^7\s.*203\.0\.113\.300 is no IP address/),
      expect.stringMatching(/^8\s.*has a space around it/),
    ]);
    expect(await storedRule("user:imported1")).toBeUndefined();

    await page.getByRole("button", { name: "Store 2 rules" }).click();
    await page.getByRole("dialog", { name: "Store 2 rules?" }).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Store 2 rules" }).click();
    await page.getByRole("status").getByText("2 rules stored.").waitFor();
    expect(JSON.parse((await storedRule("user:imported1"))?.value ?? "")).toEqual({
      reason: "no, spam",
      note: "a note",
    });
    expect(await storedRule("pair:imported3:imported4")).toMatchObject({
      expiresAt: Date.UTC(2030, 0, 31, 4),
    });
  });

  it("says what a file is that is none", async () => {
    const page = await open("moderator", "#/blocklist/import");
    await page.getByLabel("CSV file").setInputFiles(csvFile("name;reason\nx;y\n"));
    await page.getByRole("status").getByText("0 rules found, 1 problem.").waitFor();
    await page.getByText("unknown column name").waitFor();
  });

  it("reads what a Chinese Excel saves", async ({ expect }) => {
    const gb = Buffer.concat([
      Buffer.from("kind;id;reason\r\nuser;imported7;"),
      // 禁止加好友 in GB18030
      Buffer.from([0xbd, 0xfb, 0xd6, 0xb9, 0xbc, 0xd3, 0xba, 0xc3, 0xd3, 0xd1]),
    ]);
    const page = await open("moderator", "#/blocklist/import");
    await page.getByLabel("CSV file").setInputFiles({ ...csvFile(""), buffer: gb });
    await page.getByText("Read as GB18030.").waitFor();
    await page.getByRole("button", { name: "Store 1 rule" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Store 1 rule" }).click();
    await page.getByRole("status").getByText("1 rule stored.").waitFor();
    expect(await storedRule("user:imported7")).toMatchObject({ value: "禁止加好友" });
  });
});

describe("the export", () => {
  it("has each rule as the import reads it", async ({ expect }) => {
    const rule = { mode: "observe", reason: '=1+1, "x"', note: "عربي" };
    await putValue("applicant:exported%20one", JSON.stringify(rule));
    await putValue("user:exported2", "{broken");
    const page = await open("admin", "#/blocklist/import");
    const downloaded = page.waitForEvent("download");
    await page.getByRole("button", { name: "Export CSV" }).click();
    const download = await downloaded;
    expect(download.suggestedFilename()).toMatch(/^blocklist-\d{4}-\d\d-\d\d\.csv$/);
    const text = await readFile(await download.path(), "utf8");
    expect(text.split("\n")[0]).toBe(
      "\ufeffkind,id,from,to,reason,code,actions,platforms,mode,note,expires",
    );
    await page.getByRole("alert").getByText("user:exported2").waitFor();

    await putValue("applicant:exported%20one", "another one");
    const line = text.split("\n").find((each) => each.includes("exported one"));
    const again = `${text.split("\n")[0]}\n${line}\n`;
    await page.getByLabel("CSV file").setInputFiles(csvFile(again));
    await page.getByRole("button", { name: "Store 1 rule" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Store 1 rule" }).click();
    await page.getByRole("status").getByText("1 rule stored.").waitFor();
    expect(JSON.parse((await storedRule("applicant:exported%20one"))?.value ?? "")).toEqual(rule);
  });
});
