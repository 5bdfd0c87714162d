import type { Page } from "playwright-core";
import { describe, it } from "vitest";
import type { RequestsPage } from "../../console/answers.ts";
import { blacklistAdd, friendAdd, friendRequest, friendResponse } from "../support/tencent.ts";
import { putValue, read, send, stage, until } from "./stage.ts";

const { open } = stage();

const row = (page: Page, text: string | RegExp) =>
  page.getByRole("listitem").filter({ hasText: text });

async function isRecorded(applicantId: string): Promise<boolean> {
  const page = await read<RequestsPage>("/v1/friend-requests?limit=100");
  return page?.requests.some((request) => request.applicantId === applicantId) ?? false;
}

describe("Live", () => {
  it("shows a decision at the second look after it was recorded, and it looks each second", async ({
    expect,
  }) => {
    const page = await open("moderator", "#/live");
    await page.getByText("New ones come by themselves.").waitFor();
    let looks = 0;
    page.on("request", (request) => {
      if (request.url().includes("/v1/friend-requests")) looks += 1;
    });
    await until(async () => expect(looks).toBeGreaterThan(0));
    await send(friendRequest("early", ["late"]));
    await until(async () => expect(await isRecorded("early")).toBe(true));
    looks = 0;
    await row(page, /early asks late to be friends/).waitFor();
    // One was under way when it was recorded.
    expect(looks).toBeLessThanOrEqual(3);
  });

  it("shows changes of friends and blacklists", async () => {
    const page = await open("moderator", "#/live");
    await page.waitForResponse((response) => response.url().includes("/v1/friend-changes"));
    await send(friendAdd(["new1", "new2"]));
    await send(blacklistAdd(["new1", "new3"]));
    await row(page, /new1 has the friend new2/).waitFor();
    await row(page, /new1 blacklists new3/).waitFor();
  });

  it("filters by user, outcome, kind of rule and platform", async ({ expect }) => {
    await putValue("applicant:filtered1", "no");
    await putValue("user:filtered2", JSON.stringify({ mode: "observe" }));
    const page = await open("moderator", "#/live?user=filtered");
    for (const id of ["filtered1", "filtered2", "filtered3", "unfitting"]) {
      await send(friendRequest(id, ["anybody"]));
    }
    await row(page, "filtered3").waitFor();
    await row(page, "filtered1").waitFor();
    await row(page, "filtered2").waitFor();
    expect(await row(page, "unfitting").count()).toBe(0);

    const shown = () => page.getByRole("listitem").filter({ hasText: "filtered" }).allInnerTexts();
    const only = (id: string) => [expect.stringContaining(id)];
    await page.getByLabel("Outcome").selectOption("refused");
    expect(await shown()).toEqual(only("filtered1"));
    await page.getByLabel("Outcome").selectOption("observed");
    expect(await shown()).toEqual(only("filtered2"));
    await page.getByLabel("Outcome").selectOption("passed");
    expect(await shown()).toEqual(only("filtered3"));
    await page.getByLabel("Outcome").selectOption("");
    await page.getByLabel("Kind of rule").selectOption("applicant");
    expect(await shown()).toEqual(only("filtered1"));
    await page.getByLabel("Kind of rule").selectOption("user");
    expect(await shown()).toEqual(only("filtered2"));
    await page.getByLabel("Platform").selectOption("Web");
    expect(await shown()).toEqual(only("filtered2"));

    await page.reload();
    await row(page, "filtered2").waitFor();
    expect(await shown()).toEqual(only("filtered2"));
    await page.getByRole("button", { name: "Clear filters" }).click();
    await row(page, "unfitting").first().waitFor();
  });

  it("stands still while it is paused, and says how many wait", async ({ expect }) => {
    const page = await open("moderator", "#/live?user=still");
    await page.getByText("None of what is here").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await send(friendResponse("still", ["moving"]));
    await page.getByRole("button", { name: "Go on (1 new)" }).waitFor();
    expect(await row(page, "moving").count()).toBe(0);
    await page.getByRole("button", { name: "Go on (1 new)" }).click();
    await row(page, /still accepts moving both ways/).waitFor();
  });

  it("has the exact time where it is pointed at", async ({ expect }) => {
    const page = await open("moderator", "#/live?user=timed", { timezoneId: "Asia/Shanghai" });
    await send(friendRequest("timed", ["somebody"]));
    const time = row(page, "timed").getByRole("time");
    await time.waitFor();
    expect(await time.getAttribute("datetime")).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(await time.getAttribute("title")).toMatch(/20\d\d.*GMT\+8.*\d{3} ms/);
  });

  it("counts answers and refusals in words beside the chart, by minute, hour and day", async () => {
    const page = await open("moderator", "#/live");
    await send(friendRequest("counted", ["once"]));
    for (const step of ["60 minutes", "48 hours", "30 days"]) {
      const answered = page.waitForResponse((response) => response.url().includes("/v1/history"));
      await page.getByRole("button", { name: step }).click();
      if (step !== "60 minutes") await answered;
      const figure = page.getByRole("figure");
      await figure.getByText(/[1-9]\d* answered, \d+ of them refused/).waitFor();
      await figure.locator("canvas").waitFor();
    }
  });
});
