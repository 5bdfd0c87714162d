import { describe, it } from "vitest";
import { stage } from "./stage.ts";

const { open } = stage();

describe("what Health says of the filter", () => {
  it.for([
    [{ state: "ready", ageSeconds: 60, keys: 12 }, "Filter: in use"],
    [{ state: "old", ageSeconds: 9_000, keys: 12 }, "Filter: too old. Every key is read"],
    [{ state: "missing", ageSeconds: null, keys: null }, "Filter: there is none yet. Every key"],
  ] as const)("is what the Worker does with it: %j", async ([blocklistFilter, words]) => {
    const page = await open("moderator", "#/live");
    await page.route("**/health", async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ json: { ...(await answer.json()), blocklistFilter } });
    });
    await page.getByRole("link", { name: "Health" }).click();
    await page.getByText(words).waitFor();
  });

  it("is nothing where there is none", async ({ expect }) => {
    const page = await open("moderator", "#/health");
    await page.getByRole("heading", { name: "Blocklist" }).waitFor();
    expect(await page.getByText(/^Filter:/).count()).toBe(0);
  });
});
