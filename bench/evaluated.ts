import { createRequire } from "node:module";
import { dirname, relative, resolve } from "node:path";
import type * as Esbuild from "esbuild";
import { root } from "../tools/lib/wrangler.ts";

/** The esbuild of wrangler. */
const esbuild: typeof Esbuild = createRequire(import.meta.resolve("wrangler"))("esbuild");

/** The options of `wrangler deploy` by wrangler.toml. A test compares the two. */
const options = {
  entryPoints: ["src/index.ts"],
  write: false,
  metafile: true,
  bundle: true,
  format: "esm",
  target: "es2024",
  minify: true,
  platform: "browser",
  conditions: ["workerd", "worker", "browser"],
  external: ["cloudflare:*"],
  define: {
    "navigator.userAgent": '"Cloudflare-Workers"',
    "process.env.NODE_ENV": '"production"',
  },
} as const satisfies Esbuild.BuildOptions;

/** The files that a deploy uploads. */
export async function uploaded(): Promise<string> {
  const { outputFiles } = await esbuild.build({ ...options, ...within(root) });
  return outputFiles[0]?.text ?? "";
}

/**
 * The code that an isolate evaluates before it can answer a callback: the entry and its imports. Code that is
 * loaded later by `import()` is left out. wrangler puts both into one file. Here they are apart.
 *
 * @param from the project's folder; an older commit has another
 */
export async function evaluated(from = root): Promise<{ code: string; files: string[] }> {
  const { outputFiles, metafile } = await esbuild.build({
    ...options,
    ...within(from),
    splitting: true,
    plugins: [later(resolve(from, "src/index.ts"))],
  });
  const code = new Map(outputFiles.map(({ path, text }) => [relative(from, path), text]));
  const [entry] = options.entryPoints;
  const isEntry = (path: string) => metafile.outputs[path]?.entryPoint === entry;
  const outputs = Object.keys(metafile.outputs).filter(isEntry);
  for (const output of outputs) {
    for (const { path, kind, external } of metafile.outputs[output]?.imports ?? []) {
      if (kind === "import-statement" && !external && !outputs.includes(path)) outputs.push(path);
    }
  }
  return {
    code: outputs.map((output) => code.get(output)).join(""),
    files: outputs.flatMap((output) => Object.keys(metafile.outputs[output]?.inputs ?? {})),
  };
}

function within(folder: string) {
  return { absWorkingDir: folder, outdir: resolve(folder, "dist") };
}

/** Code that is loaded later finds all of the entry there. So esbuild makes one piece of it, not a dozen. */
const later = (entry: string): Esbuild.Plugin => ({
  name: "later",
  setup(build) {
    build.onResolve({ filter: /^\./ }, ({ kind, importer, path }) =>
      kind === "dynamic-import"
        ? { path: resolve(dirname(importer), path), namespace: "later" }
        : undefined,
    );
    build.onLoad({ filter: /./, namespace: "later" }, ({ path }) => ({
      contents: `import ${JSON.stringify(entry)}; export * from ${JSON.stringify(path)};`,
      resolveDir: dirname(path),
    }));
  },
});
