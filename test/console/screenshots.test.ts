import type { Page } from "playwright-core";
import { describe, it } from "vitest";
import type { RequestsDecided } from "../../src/events/kinds.ts";
import { blacklistAdd, friendAdd, friendRequest, friendResponse } from "../support/tencent.ts";
import { putLetters, putRequests, putValue, send, stage } from "./stage.ts";

const { open } = stage();

const PEOPLE = ["alice", "bob", "carol", "dan", "erin", "小明", "frank", "grace"] as const;
const PLATFORMS = ["iOS", "Android", "Web", "Windows"] as const;
const MINUTES = 60;

/** The same hour each time: requests in waves, and somebody who asks too many. */
function hour(nowMs: number): RequestsDecided[] {
  return Array.from({ length: MINUTES }, (_, minute) => {
    const many = Math.round(9 + 6 * Math.sin(minute / 6) + 3 * Math.cos(minute / 2));
    return Array.from({ length: many }, (_, place) => {
      const index = minute * 31 + place * 7;
      const at = nowMs - (MINUTES - minute) * 60_000 + place * 3_000;
      const [applicant, responder] = [PEOPLE[index % 8], PEOPLE[(index + 3) % 8]] as const;
      const isSpam = minute > 20 && place % 4 === 1;
      const isEager = minute > 30 && place % 5 === 2;
      return {
        ...{ v: 1, type: "requests-decided", callId: `played-${minute}-${place}`, at, through: 0 },
        ...{
          eventTime: at,
          requesterId: null,
          clientIp: `203.0.113.${index % 200}`,
          requestId: null,
        },
        platform: PLATFORMS[index % 4] ?? null,
        applicantId: isSpam ? "spammer" : isEager ? "eager" : (applicant ?? ""),
        requests: [
          isSpam
            ? [0, responder ?? "", 38000, "user", "user:spammer", null]
            : [0, responder ?? "", 0, null, null, isEager ? "applicant:eager" : null],
        ],
      } satisfies RequestsDecided as RequestsDecided;
    });
  }).flat();
}

async function play(): Promise<void> {
  await putValue("user:spammer", JSON.stringify({ reason: "no spam here", note: "ticket 4711" }));
  await putValue("applicant:eager", JSON.stringify({ mode: "observe", reason: "too many" }));
  await putValue("pair:alice:spammer", JSON.stringify({ mode: "allow", note: "they are cousins" }));
  await putValue("ip:203.0.113.9", JSON.stringify({ reason: "abuse", platforms: ["Web"] }));
  await putValue("responder:grace", JSON.stringify({ actions: ["Agree"], code: 38010 }));
  await putRequests(hour(Date.now()));
  await putLetters([
    { id: "0f6c1d22a3", body: { v: 2, type: "friends-added", pairs: [["dan", "eve", null]] } },
    { id: "b11e7702c9", body: { v: 9, type: "friends-added" } },
  ]);
}

async function pictured(page: Page, name: string): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.mouse.move(0, 0);
  await page.screenshot({ path: `docs/images/console-${name}.png`, animations: "disabled" });
}

/** Only when asked, and alone: each picture has its times, and would have the data of the other tests. */
describe.runIf(process.env.SCREENSHOTS)("the pictures of the documents", () => {
  it("are taken", async () => {
    const window = { viewport: { width: 1200, height: 760 } };
    await play();
    const live = await open("moderator", "#/live", window);
    await live.waitForResponse((response) => response.url().includes("/v1/friend-changes"));
    await send(friendRequest("spammer", ["erin"]));
    await send(friendResponse("alice", ["小明"]));
    await send(friendAdd(["alice", "小明"], ["小明", "alice"], ["spammer", "alice"]));
    await send(blacklistAdd(["bob", "spammer"]));
    await live.getByText("blacklists").waitFor();
    await live.getByText(/alice\s+accepts\s+小明/).waitFor();
    await live.getByText(/[1-9]\d\d answered/).waitFor();
    await pictured(live, "live");

    const user = await open("moderator", "#/user/spammer", { ...window, colorScheme: "dark" });
    await user.getByLabel("The other user").fill("bob");
    await user.getByRole("button", { name: "Explain" }).click();
    await user.getByText("Decided by").first().waitFor();
    await pictured(user, "user");

    const rules = await open("moderator", "#/blocklist", window);
    await rules
      .getByText(/refused [1-9]\d* in 7 days/)
      .first()
      .waitFor();
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
