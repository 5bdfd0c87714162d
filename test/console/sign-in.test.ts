import type { Page } from "playwright-core";
import { describe, it } from "vitest";
import { ADMIN_TOKEN, MODERATOR_TOKEN } from "../support/browser.ts";
import { stage } from "./stage.ts";

const { open } = stage();

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

describe("who signs in", () => {
  it.for([
    ["Admin", ADMIN_TOKEN],
    ["Moderator", MODERATOR_TOKEN],
  ] as const)("is an %s by the token, and out again", async ([role, token], { expect }) => {
    const page = await open(undefined, "#/health");
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await signIn(page, token);
    await page.getByRole("heading", { name: "Health" }).waitFor();
    await page.getByText(role, { exact: true }).waitFor();

    await page.reload();
    await page.getByRole("heading", { name: "Health" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
  });

  it("is told that a token is wrong, and stays out", async ({ expect }) => {
    const page = await open(undefined);
    await signIn(page, "guessed");
    await page.getByRole("alert").getByText("none of the two").waitFor();
    expect(await page.getByRole("navigation").count()).toBe(0);
    expect(await page.context().cookies()).toEqual([]);
  });

  it("comes back to where the session ended", async ({ expect }) => {
    const page = await open("moderator", "#/user/alice");
    await page.getByRole("heading", { name: "User alice" }).waitFor();
    await page.getByLabel("The other user").fill("half written");
    // What the page still reads would end the session before the button does.
    await page.waitForLoadState("networkidle");
    await page.context().clearCookies();
    await page.getByRole("button", { name: "Explain" }).click();
    await page.getByText("Your session has ended").waitFor();
    await signIn(page, MODERATOR_TOKEN);
    await page.getByRole("heading", { name: "User alice" }).waitFor();
    expect(await page.getByLabel("The other user").inputValue()).toBe("half written");
  });
});
