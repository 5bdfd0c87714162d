import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject, vi } from "vitest";
import { sendCallback } from "../../tools/tencent/send.ts";
import { startBrowser } from "../support/browser.ts";
import { bindingsOf, closeBindings } from "../support/local-storage.ts";
import { PATIENCE } from "../support/patience.ts";
import { APP_ID, TOKEN } from "../support/tencent.ts";

export type Role = "admin" | "moderator";

const { url, folder } = inject("worker");

/** A browser for each file of tests. After each test, no page may have had an error of its own. */
export function stage() {
  let browser: Browser;
  const errors: string[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
    expect(errors.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser.close();
    await closeBindings(folder);
  });

  return {
    /** A page of the console, in a window of its own. Without a role nobody is signed in. */
    async open(
      role: Role | undefined,
      hash = "",
      options: BrowserContextOptions = {},
    ): Promise<Page> {
      const context = await browser.newContext({ locale: "en-US", ...options });
      if (role !== undefined) {
        const value = inject("sessions")[role];
        // A browser takes this machine for secure, and its remote control does not.
        const secure = url.replace("http:", "https:");
        await context.addCookies([
          {
            name: "__Host-friendgate",
            value,
            url: secure,
            secure: true,
            httpOnly: true,
            sameSite: "Strict",
          },
        ]);
      }
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE.timeout);
      page.on("pageerror", (error) => errors.push(String(error)));
      page.on("console", (message) => {
        if (/content security policy/i.test(message.text())) errors.push(message.text());
      });
      await page.goto(`${url}/console/${hash}`);
      return page;
    },
  };
}

/** Sends a callback as Tencent does. @returns the reply */
export async function send(body: { CallbackCommand: string }): Promise<Record<string, unknown>> {
  const target = { url, appId: APP_ID, token: TOKEN, clientIp: "203.0.113.7", platform: "Web" };
  const { received } = await sendCallback(target, body.CallbackCommand, JSON.stringify(body));
  if (!received.ok) throw new Error(received.error);
  return JSON.parse(received.text);
}

/** The code of the only item of a reply. */
export function resultCode({ ResultItem }: Record<string, unknown>): unknown {
  return (ResultItem as { ResultCode: number }[])[0]?.ResultCode;
}

/** What the queue brings later is waited for. */
export function until<T>(look: () => Promise<T>): Promise<T> {
  return vi.waitFor(look, PATIENCE);
}

export const storage = () => bindingsOf(folder);
