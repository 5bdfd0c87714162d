/**
 * Installs what only the benchmark needs, if it is missing or has another version. `npm ci` at the root
 * leaves it out: a deployment needs none of the servers that friendgate is compared with.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { root } from "../tools/lib/wrangler.ts";

// The second file is npm's own note of its last installation.
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
  // The project itself. Only one of the two files has it.
  return Object.fromEntries(versions.filter(([path]) => path !== ""));
}
