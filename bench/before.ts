import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { withFolder } from "../tools/lib/folder.ts";
import { root } from "../tools/lib/wrangler.ts";

/** The product of an older commit. It is measured beside the present one, in the same run. */
export type Before = {
  /** The commit's short hash. */
  commit: string;
  /** The folder with the commit's files. `build` builds it from there. */
  root: string;
};

/** The commit's files in a folder of their own, with the packages that are installed here. */
export function withBefore<T>(commit: string, use: (before: Before) => Promise<T>): Promise<T> {
  const hash = git("rev-parse", "--verify", "--short", `${commit}^{commit}`).trim();
  return withFolder(async (dir) => {
    const archive = join(dir, "before.tar");
    git("archive", "--output", archive, hash);
    execFileSync("tar", ["-xf", archive, "-C", dir]);
    symlinkSync(join(root, "node_modules"), join(dir, "node_modules"), "junction");
    return use({ commit: hash, root: dir });
  });
}

function git(...args: string[]): string {
  return execFileSync("git", args, { cwd: root, encoding: "utf8" });
}
