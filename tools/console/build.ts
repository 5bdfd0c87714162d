/**
 * `npm run console`: builds the console from console/ into assets/console/. wrangler runs it before it starts
 * or uploads the Worker (wrangler.toml, [build]). Nobody has to run it by hand.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { root } from "../lib/wrangler.ts";

const source = join(root, "console");
const target = join(root, "assets/console");

const { outputFiles, metafile } = await build({
  absWorkingDir: root,
  entryPoints: [
    { in: join(source, "main.tsx"), out: "console" },
    { in: join(source, "styles/console.css"), out: "console" },
  ],
  outdir: target,
  bundle: true,
  // Code that a page needs only now and then is loaded when the page asks for it.
  splitting: true,
  format: "esm",
  target: "es2024",
  jsx: "automatic",
  jsxImportSource: "preact",
  minify: true,
  legalComments: "eof",
  charset: "utf8",
  write: false,
  metafile: true,
  logLevel: "warning",
});

const files = new Map(
  outputFiles.map(({ path, contents }) => [path.slice(target.length + 1), contents]),
);
files.set("index.html", readFileSync(join(source, "index.html")));
files.set("licenses.txt", Buffer.from(licensesOf(Object.keys(metafile.inputs))));

// Another Worker on this machine may serve these files now. So no file is ever half written, and none is
// written without need.
const unfinished = join(root, `.wrangler/console-${process.pid}`);
mkdirSync(unfinished, { recursive: true });
mkdirSync(target, { recursive: true });
for (const [name, contents] of files) {
  const file = join(target, name);
  if (existsSync(file) && readFileSync(file).equals(contents)) continue;
  writeFileSync(join(unfinished, name), contents);
  renameSync(join(unfinished, name), file);
}
rmSync(unfinished, { recursive: true });
for (const name of readdirSync(target)) {
  if (!files.has(name)) rmSync(join(target, name), { force: true });
}

const first = ["index.html", "console.css", ...withImports("assets/console/console.js")];
const later = [...files.keys()].filter((name) => name.endsWith(".js") && !first.includes(name));
console.error(`friendgate: console built, ${kib(first)} gzipped and ${kib(later)} on demand`);

/** A script, and the scripts that it needs to begin. */
function withImports(output: string): string[] {
  const imports = metafile.outputs[output]?.imports ?? [];
  const needed = imports.filter(({ kind }) => kind === "import-statement");
  const names = [
    output.slice("assets/console/".length),
    ...needed.flatMap(({ path }) => withImports(path)),
  ];
  return [...new Set(names)];
}

function kib(names: readonly string[]): string {
  const bytes = names.reduce((sum, name) => sum + gzipSync(files.get(name) ?? "").length, 0);
  return `${(bytes / 1024).toFixed(1)} KiB`;
}

/** The license texts that must go along with the packages. */
function licensesOf(inputs: readonly string[]): string {
  const packages = inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? []);
  return [...new Set(packages)]
    .sort()
    .map((folder) => {
      const license = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
      const { name, version } = JSON.parse(
        readFileSync(join(root, folder, "package.json"), "utf8"),
      );
      const text = license === undefined ? "" : readFileSync(join(root, folder, license), "utf8");
      return `${name} ${version}\n\n${text.trim()}\n`;
    })
    .join("\n---\n\n");
}
