/**
 * Installs what only the benchmark needs, where it is missing or of another version. `npm ci` at the
 * root leaves it out: who deploys friendgate needs none of the servers that it is compared with.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { root } from "../tools/lib/wrangler.ts";

// The second is npm's own note of what it installed last.
const wanted = versionsIn("package-lock.json");
const installed = versionsIn("node_modules/.package-lock.json");
if (!isDeepStrictEqual(installed, wanted)) {
  console.error("Installing the benchmark's own packages: npm ci --prefix bench");
  const { status } = spawnSync("npm ci --prefix bench", {
    cwd: root,
    shell: true,
    stdio: ["ignore", 2, 2],
  });
  process.exitCode = status ?? 1;
}

function versionsIn(name: string): Record<string, string> {
  const file = join(root, "bench", name);
  if (!existsSync(file)) return {};
  const { packages } = JSON.parse(readFileSync(file, "utf8"));
  const versions = Object.entries<{ version: string }>(packages).map(
    ([path, { version }]) => [path, version] as const,
  );
  // The project itself, which is in one of the two.
  return Object.fromEntries(versions.filter(([path]) => path !== ""));
}
