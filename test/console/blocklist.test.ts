import type { Page } from "playwright-core";
import { describe, it } from "vitest";
import { friendResponse } from "../support/tencent.ts";
import { putValue, resultCode, send, stage, storedRule, until } from "./stage.ts";

const { open } = stage();

const rule = (page: Page, text: string) => page.locator("li.rule").filter({ hasText: text });

const storedValue = async (key: string) => (await storedRule(key))?.value;

describe("the blocklist", () => {
  it("counts what a rule that observes would have refused, and makes it refuse", async ({
    expect,
  }) => {
    await putValue("user:watched", JSON.stringify({ mode: "observe", reason: "too many" }));
    expect(resultCode(await send(friendResponse("watched", ["fan"])))).toBe(0);

    const page = await open("moderator", "#/blocklist?prefix=user%3Awatched");
    await until(async () => {
      await page.reload();
      await rule(page, "watched").getByText("would have refused 1").waitFor({ timeout: 4_000 });
    });
    await page.getByRole("button", { name: "Refuse from now on" }).click();
    const dialog = page.getByRole("dialog", { name: "Edit the rule" });
    expect(await dialog.getByLabel("What it does").inputValue()).toBe("block");
    await dialog.getByRole("button", { name: "Store" }).click();
    await rule(page, "watched").getByText("Refuses").waitFor();
    expect(resultCode(await send(friendResponse("watched", ["fan"])))).toBe(38000);
  });

  it("finds rules by the beginning of their key, and says what is wrong with them", async () => {
    await putValue("applicant:found", '{"code": 7}');
    await putValue("user:other", "no");
    const page = await open("moderator", "#/blocklist");
    await rule(page, "other").waitFor();
    await page.getByLabel("Keys that begin with").fill("applicant:fo");
    await rule(page, "other").waitFor({ state: "detached" });
    await rule(page, "code must be a whole number from 38000 to 39000").waitFor();
    await rule(page, "found").getByText("Its value cannot be read").waitFor();
  });

  it("adds a rule about a pair, edits it, and keeps what was not changed", async ({ expect }) => {
    const page = await open("moderator", "#/blocklist");
    await page.getByRole("button", { name: "Add a rule" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("About").selectOption("pair");
    await dialog.getByLabel("Who is asked").fill("a:b");
    await dialog.getByLabel("Who asks").fill("c d");
    await dialog.getByLabel("Code").fill("38001");
    await dialog.getByLabel("Only on these platforms").fill("Web, iOS");
    await dialog.getByLabel("Until when").selectOption("week");
    await dialog.getByRole("button", { name: "Store" }).click();
    await rule(page, "c d").waitFor();
    const key = "pair:a%3Ab:c%20d";
    expect(JSON.parse(String(await storedValue(key)))).toEqual({
      code: 38001,
      platforms: ["Web", "iOS"],
    });
    const ends = async () => (await storedRule(key))?.expiresAt;
    const before = await ends();
    expect(before).toBeGreaterThan(Date.now() + 600_000_000);

    await rule(page, "c d").getByRole("button", { name: "Edit" }).click();
    await dialog.getByLabel("Reason").fill("together no more");
    await dialog.getByRole("button", { name: "Store" }).click();
    await rule(page, "together no more").waitFor();
    expect(JSON.parse(String(await storedValue(key)))).toEqual({
      code: 38001,
      reason: "together no more",
      platforms: ["Web", "iOS"],
    });
    expect(await ends()).toEqual(before);
  });

  it("says what is wrong with a rule before it is stored, and lets doubts be overruled", async ({
    expect,
  }) => {
    const page = await open("moderator", "#/blocklist");
    await page.getByRole("button", { name: "Add a rule" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("About").selectOption("ip");
    await dialog.getByLabel("Address").fill("300.1.1.1");
    await dialog.getByRole("button", { name: "Store" }).click();
    await dialog.getByRole("alert").getByText("300.1.1.1 is no IP address").waitFor();

    await dialog.getByLabel("About").selectOption("user");
    await dialog.getByLabel("UserID").fill("1.2E+15");
    await dialog.getByRole("button", { name: "Store" }).click();
    await dialog.getByRole("alert").getByText("a spreadsheet has shortened").waitFor();
    expect(await storedValue("user:1.2E%2B15")).toBeUndefined();
    await dialog.getByRole("button", { name: "Store it all the same" }).click();
    await rule(page, "1.2E+15").waitFor();
    expect(await storedValue("user:1.2E%2B15")).toBe("{}");
  });
});
