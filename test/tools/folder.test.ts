import { spawnSync } from "node:child_process";
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, it } from "vitest";
import { withFolder } from "../../tools/lib/folder.ts";

describe("a temporary folder", () => {
  it("is the user's alone, and gone after its use", async ({ expect }) => {
    const folder = await withFolder(async (folder) => {
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      writeFileSync(join(folder, "file"), "alice");
      return folder;
    });
    expect(existsSync(folder)).toBe(false);
  });

  it("is gone after an error", async ({ expect }) => {
    let used = "";
    const failing = withFolder(async (folder) => {
      used = folder;
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(existsSync(used)).toBe(false);
  });

  it("is gone where the process ends in between", ({ expect }) => {
    const module = pathToFileURL("tools/lib/folder.ts");
    const code = `import { withFolder } from ${JSON.stringify(module)};
await withFolder(async (folder) => {
  console.log(folder);
  process.exit(130);
});`;
    const args = ["--input-type=module", "-e", code];
    const { status, stdout } = spawnSync(process.execPath, args, { encoding: "utf8" });
    expect(status).toBe(130);
    expect(stdout.trim()).toMatch(/friendgate-/);
    expect(existsSync(stdout.trim())).toBe(false);
  });
});
