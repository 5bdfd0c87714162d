import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";

type Played = { stop: () => Promise<void> };

/** A folder for each test, and what it has others play: both are gone at its end. */
export function stage() {
  let folder = "";
  const stops: Played["stop"][] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "friendgate-test-"));
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) await stop();
    rmSync(folder, { recursive: true });
  });
  return {
    inFolder: (name = "") => join(folder, name),
    /** The same function, and what it starts is stopped. */
    plays:
      <Args extends unknown[], Started extends Played>(play: (...args: Args) => Promise<Started>) =>
      async (...args: Args): Promise<Started> => {
        const played = await play(...args);
        stops.push(played.stop);
        return played;
      },
  };
}
