import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { withFolder } from "../tools/lib/folder.ts";
import { root, runWrangler } from "../tools/lib/wrangler.ts";
import type { Before } from "./before.ts";
import { type Bundle, build } from "./build.ts";
import { evaluated } from "./evaluated.ts";
import { median } from "./statistics.ts";

/** The limit for the code that every callback's isolate evaluates at its start. */
export const EVALUATED_MAX_KIB = 21;
/** The limit for the whole product. Code that is not evaluated at the start costs only its bytes. */
export const GZIP_MAX_KIB = 72;

const ALTERNATIVES = [
  { name: "zod in place of zod/mini", paths: { "zod/mini": "node_modules/zod/index.js" } },
  { name: "hono in place of hono/tiny", paths: { "hono/tiny": "node_modules/hono/dist/index.js" } },
];

type Size = { kib: number; gzipKib: number };

type Started = Size & {
  /** The code that is evaluated at the start. The rest is loaded when it is first used. */
  evaluated: Size;
  /** Milliseconds of processor time until the Worker could answer, by `wrangler check startup`. */
  startMs: number;
};

export type StartupResult = Started & {
  contributors: { name: string; kib: number }[];
  alternatives: ({ name: string } & Size)[];
  before?: Started;
};

/** The size of the upload, where it comes from, and what it costs to start. */
export async function measureStartup(
  starts: number,
  before: Before | undefined,
): Promise<StartupResult> {
  return withFolder(async (dir) => {
    const bundle = await build(join(dir, "product"));
    const alternatives: StartupResult["alternatives"] = [];
    for (const [index, { name, paths }] of ALTERNATIVES.entries()) {
      const other = await build(join(dir, String(index)), "src/index.ts", root, paths);
      alternatives.push({ name, ...sizeOf(other.code) });
    }
    const older = before && (await build(join(dir, "before"), "src/index.ts", before.root));
    const startMs: number[] = [];
    const startMsBefore: number[] = [];
    for (let start = 0; start < starts; start += 1) {
      startMs.push(await startMsOf(dir, root));
      if (before) startMsBefore.push(await startMsOf(dir, before.root));
    }
    return {
      ...(await started(bundle, root, startMs)),
      contributors: contributorsOf(bundle),
      alternatives,
      ...(before && older && { before: await started(older, before.root, startMsBefore) }),
    };
  });
}

async function started({ code }: Bundle, from: string, startMs: number[]): Promise<Started> {
  return {
    ...sizeOf(code),
    evaluated: sizeOf((await evaluated(from)).code),
    startMs: Number(median(startMs).toFixed(1)),
  };
}

export function sizeOf(code: string): Size {
  const kib = (bytes: number) => Number((bytes / 1024).toFixed(1));
  return { kib: kib(Buffer.byteLength(code)), gzipKib: kib(gzipSync(code).byteLength) };
}

/** By package. The product's own files count as one. */
function contributorsOf({ meta }: Bundle): StartupResult["contributors"] {
  const bytes = new Map<string, number>();
  for (const { inputs } of Object.values(meta.outputs)) {
    for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
      const [, name = "friendgate"] = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
      bytes.set(name, (bytes.get(name) ?? 0) + bytesInOutput);
    }
  }
  return [...bytes]
    .filter(([, size]) => size > 0)
    .map(([name, size]) => ({ name, kib: Number((size / 1024).toFixed(1)) }))
    .sort((a, b) => b.kib - a.kib);
}

/** There is one sample each millisecond. If one took longer, it or the sampler waited for a processor. */
const SAMPLE_MAX_MICROSECONDS = 1_500;

type Profile = {
  nodes: { id: number; callFrame: { functionName: string } }[];
  samples: number[];
  timeDeltas: number[];
};

async function startMsOf(dir: string, from: string): Promise<number> {
  const file = join(dir, "startup.cpuprofile");
  await runWrangler(["--cwd", from, "check", "startup", "--outfile", file]);
  const profile: Profile = JSON.parse(await readFile(file, "utf8"));
  const idle = new Set(
    profile.nodes
      .filter(({ callFrame }) => callFrame.functionName === "(idle)")
      .map(({ id }) => id),
  );
  const microseconds = profile.samples.reduce(
    (sum, node, index) =>
      sum +
      (idle.has(node) ? 0 : Math.min(profile.timeDeltas[index] ?? 0, SAMPLE_MAX_MICROSECONDS)),
    0,
  );
  return microseconds / 1000;
}
