import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject, vi } from "vitest";
import { storeDeadLetters } from "../../src/db/dead-letters.ts";
import { recordDecided } from "../../src/db/decided/record.ts";
import { REQUESTS } from "../../src/db/decided/tables.ts";
import type { RequestsDecided } from "../../src/events/kinds.ts";
import { sendCallback } from "../../tools/tencent/send.ts";
import { ADMIN_TOKEN, startBrowser } from "../support/browser.ts";
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

/** What the API answers the app's backend; undefined for what is not there. */
export async function read<T>(path: string): Promise<T | undefined> {
  const response = await fetch(`${url}${path}`, {
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
  });
  return response.status === 404 ? undefined : ((await response.json()) as T);
}

/** What is stored under a key; undefined where there is no rule. */
export function storedRule(
  key: string,
): Promise<{ value: string; expiresAt: number | null } | undefined> {
  return read(`/v1/blocklist/${encodeURIComponent(key)}`);
}

/** Puts a value past the API, as any program with the account's keys can. */
export function putValue(key: string, value: string): Promise<void> {
  // Another process has the same files open, and may write at this moment.
  return until(async () => (await storage()).BLOCKLIST.put(key, value));
}

/** Dead letters, as the consumer lays them down. */
export function putLetters(letters: readonly { id: string; body: unknown }[]): Promise<void> {
  const given = letters.map((letter) => ({
    ...letter,
    attempts: 100,
    reason: "exhausted" as const,
  }));
  return until(async () => storeDeadLetters((await storage()).DB, given, Date.now()));
}

/** Friend requests as if they had been decided, at any time. */
export function putRequests(events: readonly RequestsDecided[]): Promise<unknown> {
  return until(async () => recordDecided((await storage()).DB, REQUESTS, events));
}

const storage = () => bindingsOf(folder);
