import { describe, it } from "vitest";
import type { FriendsPage } from "../../console/answers.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { putLetters, read, stage, until } from "./stage.ts";

const { open } = stage();

/** Two that could be applied by now, and one that never will. */
async function layDown(name: string): Promise<void> {
  const addition = (userId: string) => ({
    v: 2,
    type: "friends-added",
    orderKey: toOrderKey(Date.now()),
    source: null,
    adminId: null,
    forced: false,
    pairs: [[userId, "letter-friend", null]],
  });
  const bodies = [addition(`${name}1`), addition(`${name}2`), { v: 999, type: "friends-added" }];
  await putLetters(bodies.map((body, index) => ({ id: `${name}-${index + 1}`, body })));
}

describe("dead letters", () => {
  it("are shown, redriven and discarded by an admin, with the number", async ({ expect }) => {
    await layDown("laid");
    const page = await open("admin", "#/health");
    await page.getByLabel("Select laid-1").check();
    await page.getByRole("listitem").filter({ hasText: "laid-1" }).getByText("Message").click();
    await page.getByText('"laid1"').first().waitFor();
    await page.getByRole("button", { name: "Redrive 1" }).click();
    await page.getByRole("dialog", { name: "Put 1 letter on the queue once more?" }).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Redrive 1" }).click();
    await page.getByRole("status").getByText("1 letter redriven.").waitFor();
    await until(async () => expect(await page.getByLabel("Select laid-1").count()).toBe(0));
    const { friends } = (await read<FriendsPage>("/v1/users/laid1/friends")) ?? {};
    expect(friends).toMatchObject([{ friendId: "letter-friend" }]);

    await page.getByLabel("Select laid-2").check();
    await page.getByLabel("Select laid-3").check();
    await page.getByRole("button", { name: "Discard 2" }).click();
    await page.getByRole("dialog").getByText("will never be applied").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    expect(await page.getByLabel("Select laid-2").isChecked()).toBe(true);
    await page.getByRole("button", { name: "Discard 2" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Discard 2" }).click();
    await page.getByRole("status").getByText("2 letters discarded.").waitFor();
    await until(async () => expect(await page.getByLabel("Select laid-2").count()).toBe(0));
  });

  it("that cannot be redriven are named, with the reason", async () => {
    await layDown("left");
    const page = await open("admin", "#/health");
    await page.getByLabel("Select left-3").check();
    await page.getByRole("button", { name: "Redrive 1" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Redrive 1" }).click();
    await page.getByRole("alert").getByText("1 letter left waiting").waitFor();
    await page.getByRole("alert").getByText("left-3").waitFor();
  });

  it("are only looked at by a moderator", async ({ expect }) => {
    await layDown("seen");
    const page = await open("moderator", "#/health");
    await page.getByLabel("Select seen-1").check();
    await page.getByText("Only an admin may do this.").waitFor();
    expect(await page.getByRole("button", { name: "Redrive 1" }).isDisabled()).toBe(true);
    expect(await page.getByRole("button", { name: "Discard 1" }).isDisabled()).toBe(true);
  });
});
