import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, it } from "vitest";
import { evaluated, uploaded } from "../../bench/evaluated.ts";
import { EVALUATED_MAX_KIB, sizeOf } from "../../bench/startup.ts";
import { withFolder } from "../../tools/lib/folder.ts";
import { runWrangler } from "../../tools/lib/wrangler.ts";

describe("what an isolate evaluates before it can answer a callback", () => {
  it(`has at most ${EVALUATED_MAX_KIB} KiB gzipped`, async ({ expect }) => {
    const { code } = await evaluated();
    expect(sizeOf(code).gzipKib).toBeLessThanOrEqual(EVALUATED_MAX_KIB);
  });

  it("has nothing of the other ways in, and no SQL", async ({ expect }) => {
    const { files } = await evaluated();
    expect(files).toContain("src/callbacks/handle.ts");
    const others = files.filter((file) => /^src\/(?:api|consumer|db|scheduled)\b/.test(file));
    expect(others).toEqual(["src/api/entrypoint.ts"]);
    expect(files.filter((file) => file.includes("filter"))).toEqual([]);
  });

  it("is measured in what wrangler would upload", async ({ expect }) => {
    await withFolder(async (dir) => {
      await runWrangler(["deploy", "--dry-run", "--outdir", dir]);
      const code = await readFile(join(dir, "index.js"), "utf8");
      expect(code.replace(/\/\/# sourceMappingURL=.*\s*$/, "")).toBe(await uploaded());
    });
  });
});
