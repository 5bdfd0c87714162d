import { describe, it } from "vitest";
import { blacklistAdd, friendAdd, friendRequest, friendResponse } from "../support/tencent.ts";
import { resultCode, send, stage, until } from "./stage.ts";

const { open } = stage();

/** What is not there by then is looked for in the page as it is read again. */
const SOON = { timeout: 4_000 };

describe("the page of a user", () => {
  it("blocks: the next response is refused, and removing lets them pass again", async ({
    expect,
  }) => {
    expect(resultCode(await send(friendResponse("amy", ["pest"])))).toBe(0);
    const page = await open("moderator", "#/user/pest");
    await page.getByText("No rule is about this user.").waitFor();
    await page.getByRole("button", { name: "Block", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Add a rule" });
    expect(await dialog.getByLabel("UserID").inputValue()).toBe("pest");
    await dialog.getByLabel("Reason").fill("no spam here");
    await dialog.getByLabel("Until when").selectOption("day");
    await dialog.getByLabel("Note").fill("ticket 7");
    await dialog.getByRole("button", { name: "Store" }).click();
    await page.getByRole("status").getByText("up to 60 seconds").waitFor();
    await page.getByText("no spam here").waitFor();
    await page.getByText("ticket 7").waitFor();

    const refused = await send(friendResponse("amy", ["pest"]));
    expect(refused.ResultItem).toEqual([
      { To_Account: "pest", ResultCode: 38000, ResultInfo: "no spam here" },
    ]);

    await page.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog", { name: "Remove 1 rule: user:pest?" }).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByRole("status").getByText("Removed.").waitFor();
    expect(resultCode(await send(friendResponse("amy", ["pest"])))).toBe(0);

    await page.goto(new URL("#/blocklist/changes?key=user%3Apest", page.url()).href);
    const changes = page.getByRole("listitem").filter({ hasText: "pest" });
    await changes.nth(1).waitFor();
    expect(await changes.allInnerTexts()).toEqual([
      expect.stringMatching(/moderator[\s\S]*removed/),
      expect.stringMatching(/moderator[\s\S]*stored[\s\S]*no spam here/),
    ]);
  });

  it("explains what would happen, by the rule that decides", async ({ expect }) => {
    const page = await open("moderator", "#/user/asker");
    await page.getByRole("button", { name: "Observe" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Store" }).click();
    await page.getByRole("status").getByText("Stored.").waitFor();

    await page.getByLabel("The other user").fill("asked");
    await page.getByRole("button", { name: "Explain" }).click();
    const answer = page.getByRole("listitem").filter({ hasText: "Ask to be friends" });
    await answer.getByText("Would be refused by").waitFor();
    expect(await answer.innerText()).toMatch(/passes[\s\S]*No rule decides[\s\S]*asker/);
    expect(resultCode(await send(friendRequest("asker", ["asked"])))).toBe(0);
  });

  it("shows friends with their direction, and the blacklist", async () => {
    const page = await open("moderator", "#/user/hub");
    const friend = (id: string) => page.getByRole("listitem").filter({ hasText: id });
    await send(friendAdd(["hub", "both"], ["both", "hub"], ["hub", "fan"]));
    await send(blacklistAdd(["hub", "foe"]));
    await until(async () => {
      await page.reload();
      await page.getByRole("heading", { name: "Blacklist" }).waitFor();
      await page.getByText("foe").waitFor(SOON);
      await friend("both").getByText("both ways").waitFor(SOON);
      await friend("fan").getByText("only in this user's list").waitFor(SOON);
    });
  });

  it("shows requests and responses as they were decided", async () => {
    const page = await open("moderator", "#/user/seen");
    await send(friendRequest("seen", ["one"]));
    await send(friendResponse("seen", ["two"]));
    await until(async () => {
      await page.reload();
      await page.getByText(/accepts\s+two/).waitFor(SOON);
      await page.getByText(/seen\s+asks\s+one/).waitFor(SOON);
    });
  });
});
