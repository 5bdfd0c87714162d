import { readFileSync } from "node:fs";
import type * as AxeCore from "axe-core";
import type { Page } from "playwright-core";
import { beforeAll, describe, it } from "vitest";
import { zh } from "../../console/texts/zh.ts";
import { friendAdd, friendRequest, friendResponse } from "../support/tencent.ts";
import { putLetters, putValue, type Role, send, stage } from "./stage.ts";

const { open } = stage();

const axe = readFileSync("node_modules/axe-core/axe.min.js", "utf8");

/** Every page, by what is there when it has been read. */
const PAGES = [
  ["the sign-in", undefined, "", /./],
  ["Live", "moderator", "#/live", /shown1/],
  ["a user", "moderator", "#/user/shown1", /shown2/],
  ["nobody's page", "moderator", "#/user", /./],
  ["the rules", "moderator", "#/blocklist", /shown1/],
  ["who changed rules", "moderator", "#/blocklist/changes", /./],
  ["import and export", "moderator", "#/blocklist/import", /CSV/],
  ["Health for an admin", "admin", "#/health", /shown3/],
  ["Health for a moderator", "moderator", "#/health", /shown3/],
] as const satisfies [string, Role | undefined, string, RegExp][];

beforeAll(async () => {
  await putValue("user:shown1", JSON.stringify({ code: 1, note: "odd" }));
  await putValue("pair:shown1:shown2", JSON.stringify({ mode: "observe" }));
  await send(friendRequest("shown1", ["shown2"]));
  await send(friendResponse("shown1", ["shown2"]));
  await send(friendAdd(["shown1", "shown2"]));
  await putLetters([{ id: "shown3", body: {} }]);
});

/** A page with all that can be on it. */
async function openFull([, role, hash, there]: (typeof PAGES)[number], options = {}) {
  const page = await open(role, hash, options);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.getByRole("main").getByText(there).first().waitFor();
  await page.waitForLoadState("networkidle");
  return page;
}

async function violationsOf(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const { violations } = await (globalThis as unknown as { axe: typeof AxeCore }).axe.run({
      runOnly: tags,
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  });
}

/** What stands wider than the window, where a finger would have to push the page aside. */
function tooWide(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return scrollWidth - clientWidth;
  });
}

/** What a page becomes by what is done on it. */
const STATES: [string, Role | undefined, string, (page: Page) => Promise<void>][] = [
  [
    "a rule is edited",
    "moderator",
    "#/blocklist?prefix=user%3Ashown1",
    async (page) => {
      await page.getByRole("button", { name: "Edit" }).click();
      await page.getByLabel("Code").fill("1");
      await page.getByRole("button", { name: "Store" }).click();
      await page.getByRole("dialog").getByRole("alert").waitFor();
    },
  ],
  [
    "a file has mistakes",
    "moderator",
    "#/blocklist/import",
    async (page) => {
      const file = { name: "a.csv", mimeType: "text/csv", buffer: Buffer.from("kind,id\nx,y\n") };
      await page.getByLabel("CSV file").setInputFiles(file);
      await page.getByRole("row").nth(1).waitFor();
    },
  ],
  [
    "something is explained",
    "moderator",
    "#/user/shown1",
    async (page) => {
      await page.getByLabel("The other user").fill("shown2");
      await page.getByRole("button", { name: "Explain" }).click();
      await page.getByText("What was looked up").click();
    },
  ],
  [
    "letters are about to be discarded",
    "admin",
    "#/health",
    async (page) => {
      await page.getByText("Message").first().click();
      await page.getByLabel("Select shown3").check();
      await page.getByRole("button", { name: "Discard 1" }).click();
      await page.getByRole("dialog").waitFor();
    },
  ],
  [
    "the token is wrong",
    undefined,
    "",
    async (page) => {
      await page.route("**/console/session", (route) => route.fulfill({ status: 401 }));
      await page.getByLabel("Token").fill("wrong");
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByRole("alert").waitFor();
    },
  ],
];

describe.for(["light", "dark"] as const)("in %s", (colorScheme) => {
  it.for(PAGES)("axe finds nothing wrong with %s", async (page, { expect }) => {
    const opened = await openFull(page, { colorScheme });
    expect(await violationsOf(opened)).toEqual([]);
  });

  it.for(STATES)("nor when %s", async ([, role, hash, act], { expect }) => {
    const page = await open(role, hash, { colorScheme });
    await act(page);
    expect(await violationsOf(page)).toEqual([]);
  });
});

/** As narrow as 1280 pixels are where they are magnified four times; phones begin at 360. */
const PHONE = { viewport: { width: 320, height: 640 }, hasTouch: true };

describe("on a phone", () => {
  it.for(PAGES)("%s is no wider than the window", async (page, { expect }) => {
    for (const locale of ["en-US", "zh-CN"]) {
      const opened = await openFull(page, { ...PHONE, locale });
      expect(await tooWide(opened), locale).toBe(0);
    }
  });

  it("nor is a dialog", async ({ expect }) => {
    const page = await open("moderator", "#/blocklist", PHONE);
    await page.getByRole("button", { name: "Add a rule" }).click();
    await page.getByRole("dialog").waitFor();
    expect(await tooWide(page)).toBe(0);
  });
});

/** Words that are the same in any language. */
const NAMES = new Set(["friendgate", "observe", "odd", "user", "alice", "pair"]);

describe("the language", () => {
  it.for([
    ["zh-CN", "zh-CN"],
    ["zh-TW", "zh-CN"],
    ["en-GB", "en"],
    ["de-DE", "en"],
  ] as const)("of a browser in %s is %s", async ([locale, lang], { expect }) => {
    const page = await open("moderator", "#/health", { locale });
    const title = lang === "en" ? "Health" : zh.health.title;
    await page.getByRole("heading", { level: 1, name: title, exact: true }).waitFor();
    expect(await page.getByRole("document").getAttribute("lang")).toBe(lang);
  });

  it("can be chosen, and stays", async ({ expect }) => {
    const page = await open("moderator", "#/blocklist");
    await page.getByLabel("Language").selectOption("zh-CN");
    await page.getByRole("heading", { level: 1, name: zh.blocklist.title }).waitFor();
    await page.reload();
    await page.getByRole("heading", { level: 1, name: zh.blocklist.title }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
  });

  it("is Chinese all over the pages, but for what the Worker says", async ({ expect }) => {
    for (const page of PAGES) {
      const opened = await openFull(page, { locale: "zh-CN" });
      const texts = await opened.evaluate(() => {
        for (const element of document.querySelectorAll('[lang="en"], select, code, bdi, q'))
          element.remove();
        return document.body.innerText;
      });
      const words = texts.match(/\b[a-z]{3,}\b/g) ?? [];
      expect(words.filter((word) => !NAMES.has(word))).toEqual([]);
    }
  });
});

describe("the keyboard", () => {
  it("reaches everything, beginning with the way past the header", async ({ expect }) => {
    const page = await open("moderator", "#/live");
    await page.getByRole("heading", { name: "Live" }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(
      "Skip to the content",
    );
    await page.keyboard.press("Enter");
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Pause");
  });

  it("closes a dialog by Escape, and is back where it was", async ({ expect }) => {
    const page = await open("moderator", "#/blocklist");
    const add = page.getByRole("button", { name: "Add a rule" });
    await add.press("Enter");
    await page.getByRole("dialog").getByLabel("UserID").press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await add.evaluate((button) => button === document.activeElement)).toBe(true);
  });
});
