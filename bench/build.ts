import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { root, runWrangler } from "../tools/lib/wrangler.ts";

/** From esbuild's report on a bundle: how many bytes each file gave to it. */
type Metafile = {
  outputs: Record<string, { bytes: number; inputs: Record<string, { bytesInOutput: number }> }>;
};

export type Bundle = {
  /** The folder that wrangler wrote. */
  dir: string;
  script: string;
  code: string;
  meta: Metafile;
};

/**
 * Builds what `wrangler deploy` would upload, by the settings of wrangler.toml.
 *
 * @param entry the Worker's file in the folder `from`; the product's unless given
 * @param from the project's folder; an older commit has another
 * @param paths files to take in place of modules. A tsconfig names them. With wrangler's own aliases, esbuild
 * forgets that a package has no side effects, and keeps all of it.
 */
export async function build(
  dir: string,
  entry = "src/index.ts",
  from = root,
  paths: Record<string, string> = {},
): Promise<Bundle> {
  const metafile = join(dir, "meta.json");
  const tsconfig = join(dir, "tsconfig.json");
  await mkdir(dir, { recursive: true });
  await writeFile(
    tsconfig,
    JSON.stringify({
      extends: join(from, "tsconfig.json"),
      compilerOptions: {
        paths: Object.fromEntries(
          Object.entries(paths).map(([name, to]) => [name, [join(from, to)]]),
        ),
      },
    }),
  );
  await runWrangler([
    ...["--cwd", from, "deploy", entry, "--dry-run", "--outdir", dir],
    ...["--metafile", metafile, "--tsconfig", tsconfig],
  ]);
  // It has the product's name, so that it can run in the product's place.
  const script = join(dir, "index.js");
  await rename(join(dir, basename(entry).replace(/\.ts$/, ".js")), script);
  return {
    dir,
    script,
    code: await readFile(script, "utf8"),
    meta: JSON.parse(await readFile(metafile, "utf8")),
  };
}
