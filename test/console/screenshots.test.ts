import type { Page } from "playwright-core";
import { describe, it } from "vitest";
import { blacklistAdd, friendAdd, friendRequest, friendResponse } from "../support/tencent.ts";
import { putLetters, putValue, send, stage, until } from "./stage.ts";

const { open } = stage();

/** What the pictures show: the same people and rules each time. */
async function play(): Promise<void> {
  await putValue("user:spammer", JSON.stringify({ reason: "no spam here", note: "ticket 4711" }));
  await putValue(
    "applicant:eager",
    JSON.stringify({ mode: "observe", reason: "too many requests" }),
  );
  await putValue(
    "pair:alice:spammer",
    JSON.stringify({ mode: "allow", note: "they know each other" }),
  );
  await putValue("ip:203.0.113.9", JSON.stringify({ reason: "abuse", platforms: ["Web"] }));
  for (const [from, to] of [
    ["carol", "alice"],
    ["spammer", "bob"],
    ["eager", "carol"],
    ["spammer", "alice"],
    ["小明", "alice"],
    ["spammer", "carol"],
    ["bob", "carol"],
  ] as const) {
    await send(friendRequest(from, [to]));
  }
  await send(friendResponse("alice", ["carol"]));
  await send(friendResponse("alice", ["小明"]));
  await putLetters([
    { id: "0f6c1d22a3", body: { v: 2, type: "friends-added", pairs: [["dan", "eve", null]] } },
  ]);
}

async function pictured(page: Page, name: string): Promise<void> {
  await page.waitForLoadState("networkidle");
  // The place is the same whatever was there when the page came.
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `docs/images/console-${name}.png`, animations: "disabled" });
}

/** Only when asked: a picture differs by its times each time. */
describe.runIf(process.env.SCREENSHOTS)("the pictures of the documents", () => {
  it("are taken", async () => {
    const window = { viewport: { width: 1200, height: 760 } };
    const live = await open("moderator", "#/live", window);
    await live.waitForResponse((response) => response.url().includes("/v1/friend-changes"));
    await play();
    await send(friendAdd(["alice", "carol"], ["carol", "alice"]));
    await send(blacklistAdd(["bob", "spammer"]));
    await live.getByText("blacklists").waitFor();
    await live.getByText(/alice\s+accepts\s+小明/).waitFor();
    await pictured(live, "live");

    const user = await open("moderator", "#/user/spammer", { ...window, colorScheme: "dark" });
    await user.getByLabel("The other user").fill("bob");
    await user.getByRole("button", { name: "Explain" }).click();
    await user.getByText("Decided by").first().waitFor();
    await pictured(user, "user");

    const rules = await open("moderator", "#/blocklist", window);
    await until(async () => {
      await rules.reload();
      await rules.getByText("refused 2 in 7 days").waitFor({ timeout: 2_000 });
    });
    await pictured(rules, "blocklist");

    const health = await open("admin", "#/health", window);
    await health.getByText("0f6c1d22a3").waitFor();
    await pictured(health, "health");

    const phone = await open("moderator", "#/live", {
      viewport: { width: 390, height: 760 },
      locale: "zh-CN",
    });
    await phone.getByText("小明").first().waitFor();
    await pictured(phone, "phone");
  });
});
