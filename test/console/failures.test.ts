import { describe, it } from "vitest";
import { stage } from "./stage.ts";

const { open } = stage();

const problem = (status: number, detail: string, headers = {}) => ({
  status,
  headers: { "Content-Type": "application/problem+json", ...headers },
  body: JSON.stringify({ title: "", status, detail }),
});

describe("what goes wrong is said in words", () => {
  it.for([
    [403, {}, "Your role may not do this."],
    [404, {}, "There is nothing of that name."],
    [429, { "Retry-After": "7" }, "Wait 7 seconds"],
    [500, {}, "The Worker could not answer (500)."],
    [503, {}, "does not answer now"],
  ] as const)("as for %i", async ([status, headers, words]) => {
    const page = await open("moderator", "#/live");
    await page.getByRole("heading", { name: "Live" }).waitFor();
    await page.route("**/v1/blocklist?*", (route) =>
      route.fulfill(problem(status, "in the Worker's words", headers)),
    );
    await page.getByRole("link", { name: "Blocklist" }).click();
    const alert = page.getByRole("alert");
    await alert.getByText(words).waitFor();
    await alert.getByText("in the Worker's words").waitFor();
    await page.unroute("**/v1/blocklist?*");
    await alert.getByRole("button", { name: "Try again" }).click();
    await alert.waitFor({ state: "detached" });
  });

  it("while the network is away, and Live goes on when it is back", async () => {
    const page = await open("moderator", "#/live");
    await page.getByText("New ones come by themselves.").waitFor();
    await page.context().setOffline(true);
    await page.getByText("What is here may be old").waitFor();
    await page.context().setOffline(false);
    await page.getByText("What is here may be old").waitFor({ state: "detached" });
  });

  it("before anybody has signed in", async () => {
    const page = await open(undefined);
    await page.getByLabel("Token").fill("any");
    const answer = (status: number, headers = {}) =>
      page.route("**/console/session", (route) => route.fulfill(problem(status, "", headers)), {
        times: 1,
      });
    const submit = page.getByRole("button", { name: "Sign in" });
    await answer(429, { "Retry-After": "60" });
    await submit.click();
    await page.getByRole("alert").getByText("Too many tries. Wait 60 seconds").waitFor();
    await answer(403);
    await submit.click();
    await page.getByRole("alert").getByText("Cloudflare Access has not let").waitFor();
    await page.context().setOffline(true);
    await submit.click();
    await page.getByRole("alert").getByText("cannot be reached").waitFor();
  });

  it("where a part of the page cannot be loaded", async () => {
    const page = await open("moderator", "#/blocklist");
    await page.route("**/console/editor-*.js", (route) => route.abort());
    await page.getByRole("button", { name: "Add a rule" }).click();
    await page.getByText("This part could not be loaded.").waitFor();
  });
});
