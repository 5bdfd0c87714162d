import { describe, it } from "vitest";
import { buildKey } from "../../src/blocklist/key.ts";
import { friendRequest } from "../support/tencent.ts";
import { send, stage, storedRule } from "./stage.ts";

const { open } = stage();

const IDS = [
  "<script>alert(document.cookie)</script>",
  '"><img src=x onerror=alert(1)>',
  "javascript:alert(1)",
  "مستخدم‮evil",
  "👩‍👩‍👧‍👦 family",
  "a".repeat(128),
  "100%25/../..?#&=",
  "user:with:colons",
  " spaces  inside ",
  "__proto__",
];

describe("an id that would break a page", () => {
  it.for(IDS)("is shown as it is, and can be blocked: %s", async (id, { expect }) => {
    const page = await open("moderator", `#/live?user=${encodeURIComponent(id.slice(0, 20))}`);
    page.on("dialog", () => expect.unreachable("a script of the id has run"));
    await send(friendRequest(id, ["plain"]));
    const link = page.getByRole("listitem").getByRole("link", { name: id, exact: true }).first();
    await link.waitFor();
    expect(await link.textContent()).toBe(id);
    // Nothing around it is turned around with it.
    const bidi = await link.locator("bdi").evaluate((each) => getComputedStyle(each).unicodeBidi);
    expect(bidi).toBe("isolate");
    await link.click();
    await page.getByRole("heading", { level: 1, name: "User" }).waitFor();
    expect(await page.getByRole("heading", { level: 1 }).locator("bdi").textContent()).toBe(id);

    await page.getByRole("button", { name: "Block", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Reason").fill(id);
    await dialog.getByRole("button", { name: "Store" }).click();
    await page.getByRole("status").getByText("Stored.").waitFor();
    expect(await page.locator("li.rule q").first().textContent()).toBe(id.trim());
    expect(await storedRule(buildKey("user", [id]))).toBeDefined();
    const reply = await send(friendRequest(id, ["plain"]));
    expect(reply.ResultItem).toEqual([
      { To_Account: "plain", ResultCode: 38000, ResultInfo: id.trim() },
    ]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(
      true,
    );
  });
});
