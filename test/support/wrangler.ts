import { join } from "node:path";
import { expect } from "vitest";
import type { Output } from "../../tools/lib/child.ts";
import { root } from "../../tools/lib/wrangler.ts";
import type { Cloudflare } from "./cloudflare.ts";
import { runCommand } from "./commands.ts";

/** This project's wrangler, in a folder, with the double for its Cloudflare. */
export function wranglerOf(cloudflare: Cloudflare, folder: string) {
  const run = (args: readonly string[], env: Record<string, string> = {}): Promise<Output> => {
    const bin = join(root, "node_modules/wrangler/bin/wrangler.js");
    return runCommand(process.execPath, [bin, ...args], { ...cloudflare.env, ...env }, folder);
  };
  return {
    run,
    /** @returns what it printed to stdout */
    async succeeds(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await run(args);
      expect(code, stdout + stderr).toBe(0);
      return stdout;
    },
    /** @returns everything that it printed */
    async fails(...args: string[]): Promise<string> {
      const { code, stdout, stderr } = await run(args);
      expect(code, stdout + stderr).not.toBe(0);
      return stdout + stderr;
    },
  };
}
