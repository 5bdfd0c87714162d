import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { withBefore } from "../../bench/before.ts";
import { root } from "../../tools/lib/wrangler.ts";

describe("the product of an older commit", () => {
  it("lies in a folder of its own with the packages of today, while it is measured", async ({
    expect,
  }) => {
    const folder = await withBefore("HEAD", async (before) => {
      expect(before.commit).toMatch(/^[0-9a-f]{7,}$/);
      expect(before.root).not.toBe(root);
      expect(existsSync(join(before.root, "src/index.ts"))).toBe(true);
      const hono = "node_modules/hono/package.json";
      expect(readFileSync(join(before.root, hono))).toEqual(readFileSync(join(root, hono)));
      return before.root;
    });
    expect(existsSync(folder)).toBe(false);
    expect(existsSync(join(root, "node_modules/hono"))).toBe(true);
  });

  it.for(["no-such-commit", "HEAD:src"])("is not that of %s", (name, { expect }) => {
    expect(() => withBefore(name, async () => {})).toThrow();
  });
});
