import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "vitest";
import { mayHold, NO_FILTER } from "../../src/blocklist/filter.ts";
import { readFilter } from "../../src/blocklist/filter-store.ts";
import { packFilter, unpackFilter } from "../../src/blocklist/packed.ts";
import type { Output } from "../../tools/lib/child.ts";
import { type Cloudflare, startCloudflare } from "../support/cloudflare.ts";
import { copyOfProject, runCommand } from "../support/commands.ts";
import { bindingsOf, closeBindings } from "../support/local-storage.ts";

const ID = "0123456789abcdef0123456789abcde0";

let cloudflare: Cloudflare;
let project: string;
let storage: string;
beforeEach(async () => {
  cloudflare = await startCloudflare();
  cloudflare.state.namespaces.push({ id: ID, title: "blocklist", values: new Map() });
  project = copyOfProject();
  storage = join(project, "state");
  mkdirSync(join(project, "tmp"));
  configure("true");
});
afterEach(async () => {
  await closeBindings();
  await cloudflare.close();
  rmSync(project, { recursive: true });
});

function configure(filter: string): void {
  const namespace = `[[kv_namespaces]]\nbinding = "BLOCKLIST"\nid = "${ID}"\n`;
  write("friendgate.toml", `${namespace}[vars]\nBLOCKLIST_FILTER = "${filter}"\n`);
}

function write(name: string, text: string): void {
  writeFileSync(join(project, name), text);
}

/** Where the rules are, and what of it the Worker would read. */
const PLACES = {
  local: {
    flags: () => ["--persist-to", storage],
    async get(key: string): Promise<ArrayBuffer | null> {
      return (await bindingsOf(storage)).BLOCKLIST.get(key, "arrayBuffer");
    },
    async put(key: string, value: string | Uint8Array) {
      await (await bindingsOf(storage)).BLOCKLIST.put(key, value);
    },
  },
  remote: {
    flags: () => ["--remote"],
    async get(key: string): Promise<ArrayBuffer | null> {
      const value = cloudflare.state.namespaces[0]?.values.get(key)?.value;
      return value === undefined ? null : new Uint8Array(value).buffer;
    },
    async put(key: string, value: string | Uint8Array) {
      cloudflare.state.namespaces[0]?.values.set(key, { value: Buffer.from(value) });
    },
  },
};

/** Runs the tool. */
function blocklistIn(place: { flags: () => string[] }, ...args: string[]): Promise<Output> {
  const { PATH = "", NODE_COMPILE_CACHE = "" } = process.env;
  const env = { PATH, NODE_COMPILE_CACHE, HOME: project, TMPDIR: join(project, "tmp") };
  return runCommand(
    process.execPath,
    [join(project, "tools/blocklist/main.ts"), ...place.flags(), ...args],
    { ...env, NO_COLOR: "1", ...cloudflare.env },
    project,
  );
}

describe.for(["local", "remote"] as const)("the filter in %s storage", (name) => {
  const place = PLACES[name];

  const blocklist = (...args: string[]) => blocklistIn(place, ...args);

  async function report() {
    return JSON.parse((await blocklist("filter", "--json")).stdout);
  }

  async function stored() {
    const read = await readFilter(place);
    if (typeof read === "string") throw new Error(read);
    return read;
  }

  it("has what the tool writes, and rules of wrangler when it is made anew", async ({ expect }) => {
    expect(await report()).toMatchObject({ state: "missing", ageSeconds: null, keys: null });
    await place.put("user:plain", "no");
    const rebuilt = await blocklist("filter", "--rebuild");
    expect(rebuilt).toMatchObject({ code: 0 });
    expect(rebuilt.stdout).toMatch(/in use: keys that it does not have are not read\n +1 keys in/);
    expect(await stored()).toMatchObject({ keys: 1, isComplete: true });

    expect(await blocklist("add", "user", "spammer")).toMatchObject({ code: 0 });
    write("bans.csv", "kind,id,reason\nuser,one,spam\nip,192.0.2.1,spam\n");
    expect(await blocklist("import", "bans.csv")).toMatchObject({ code: 0 });
    const filter = await stored();
    expect(filter).toMatchObject({ keys: 4, isComplete: true });
    for (const key of ["user:plain", "user:spammer", "user:one", "ip:192.0.2.1"]) {
      expect(mayHold(filter, key)).toBe(true);
      expect(await place.get(key)).not.toBeNull();
    }
    expect(mayHold(filter, "user:other")).toBe(false);

    expect(await blocklist("remove", "user", "one")).toMatchObject({ code: 0 });
    expect(await report()).toMatchObject({ state: "ready", keys: 4, lists: 1 });
    // What was added since the listing before is kept once more: this one might have missed it.
    for (const keys of [4, 3]) {
      await blocklist("filter", "--rebuild");
      expect(await report()).toMatchObject({ state: "ready", keys });
    }
  });

  it("is no rule to any command", async ({ expect }) => {
    await place.put("user:spammer", "no");
    await place.put("filter-listing", "no listing");
    await blocklist("filter", "--rebuild");
    const list = JSON.parse((await blocklist("list", "--json")).stdout);
    expect(list).toMatchObject({ total: 1, rules: [{ key: "user:spammer" }] });
    expect((await blocklist("export")).stdout).not.toContain("filter");
    expect(await blocklist("lint")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("1 rule, no problem"),
    });
    write("none.csv", "kind,id,reason\n");
    const diff = JSON.parse((await blocklist("diff", "none.csv", "--json")).stdout);
    expect(diff.remove).toEqual(["user:spammer"]);
    await blocklist("import", "none.csv", "--prune", "--confirm", "1");
    expect(await place.get("user:spammer")).toBeNull();
    expect(await place.get("filter")).not.toBeNull();
    expect(await place.get("filter-listing")).not.toBeNull();
  });

  it("does not have a rule of wrangler's yet, which explain says", async ({ expect }) => {
    await blocklist("filter", "--rebuild");
    await place.put("user:spammer", "no");
    const asked = ["explain", "--from", "alice", "--to", "spammer"];
    const { stdout, stderr } = await blocklist(...asked);
    expect(stdout).toContain("Decided by user:spammer: refused.");
    expect(stderr).toContain(
      "user:spammer is not in the filter yet: the Worker reads it in 16 min 15 s at most",
    );
    const json = JSON.parse((await blocklist(...asked, "--json")).stdout);
    expect(json).toMatchObject({ outcome: "block", notInFilter: ["user:spammer"] });
    await blocklist("filter", "--rebuild");
    expect((await blocklist(...asked)).stderr).not.toContain("filter");
    // Where it is not used, it hides nothing.
    await place.put("filter", packFilter({ ...NO_FILTER, madeMs: 1 }));
    expect((await blocklist(...asked)).stderr).not.toContain("filter");
  });

  it("is neither read nor written where it is off", async ({ expect }) => {
    configure("false");
    await place.put("user:plain", "no");
    await blocklist("add", "user", "spammer");
    expect(await place.get("filter")).toBeNull();
    expect((await blocklist("filter")).stdout).toBe(
      "BLOCKLIST_FILTER is off: all keys are read.\n",
    );
    expect(await report()).toMatchObject({ state: "off" });
    expect(await blocklist("filter", "--rebuild")).toMatchObject({ code: 2 });
    expect(await place.get("filter")).toBeNull();
  });

  it("keeps for the next listing what is written before there is one", async ({ expect }) => {
    await blocklist("add", "user", "spammer");
    expect(unpackFilter((await place.get("filter")) as ArrayBuffer)).toMatchObject({
      ...{ madeMs: 0, keys: 1, isComplete: false },
    });
    expect(await report()).toMatchObject({ state: "missing" });
  });
});

it("where the filter cannot be read, no rule is stored", async ({ expect }) => {
  const answer = { status: 503, code: 10_000, message: "KV is away" };
  cloudflare.fail({ method: "GET", path: /\/values\/filter$/, answer });
  expect(await blocklistIn(PLACES.remote, "add", "user", "spammer")).toMatchObject({ code: 3 });
  expect(await PLACES.remote.get("user:spammer")).toBeNull();
});
