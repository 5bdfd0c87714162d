import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

export const ADMIN_TOKEN = "local-api-token-of-tests";
export const MODERATOR_TOKEN = "local-moderator-token-of-tests";

/** Where systems put it. Debian's is `apt-get install chromium`. */
const PLACES = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A browser that the system has: none is downloaded. */
export function startBrowser(): Promise<Browser> {
  const executablePath = process.env.CHROMIUM ?? PLACES.find((place) => existsSync(place));
  if (executablePath === undefined || !existsSync(executablePath)) {
    throw new Error(
      "The console is tested in Chromium, and there is none: apt-get install chromium, " +
        "or say where it is, CHROMIUM=/path/to/chromium npm run test:console",
    );
  }
  // In a container it has no sandbox of its own; it sees this project's pages alone.
  return chromium.launch({ executablePath, args: ["--no-sandbox"] });
}
