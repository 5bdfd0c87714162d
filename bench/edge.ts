import { withFolder } from "../tools/lib/folder.ts";
import type { Before } from "./before.ts";
import { build } from "./build.ts";
import { type Kind, type Signed, settings, signedCallback } from "./callbacks.ts";
import type { EdgeResult } from "./results.ts";
import { alternate, type Rounds, ratio } from "./rounds.ts";
import { startWorkerd, type Workerd } from "./workerd.ts";

/** Friend responses and changes of one item: most callbacks have one. */
const WORKLOADS: { kind: Kind; size: number }[] = [
  { kind: "friend response", size: 1 },
  { kind: "friend added", size: 1 },
  { kind: "friend response", size: 10 },
];
/** How many callbacks there are, each with other users. */
const DIFFERENT_CALLBACKS = 200;
/** So many in a row share a RequestTime. At these rates, far more than that come in a second. */
const CALLBACKS_OF_A_SECOND = 20;

type Contender = EdgeResult["contenders"][number]["name"];

export type EdgeOptions = Rounds & {
  /** So many of the workloads. Without it, all of them. */
  workloads?: number;
};

/** The built Worker and the floor under load in workerd, in alternating rounds. */
export async function measureEdge(
  { workloads, ...rounds }: EdgeOptions,
  before: Before | undefined,
): Promise<EdgeResult[]> {
  return withFolder(async (dir) => {
    const product = await build(`${dir}/friendgate`);
    const floor = await build(`${dir}/floor`, "bench/worker/floor.ts");
    const checking = await build(`${dir}/checking`, "bench/worker/checking.ts");
    const stubs = await build(`${dir}/stubs`, "bench/worker/stubs.ts");
    const start = (name: string, worker: string, vars: Record<string, string>) =>
      startWorkerd(name, dir, { worker, stubs: stubs.script }, vars);
    const contenders: [Contender, Workerd][] = [];
    try {
      const friendgate = await start("friendgate", product.script, settings);
      contenders.push(["friendgate", friendgate]);
      const { calls } = await answer(
        friendgate,
        await signedCallback("friend response", 1, "user"),
      );
      const vars = { RECORDS: String(calls.queue) };
      contenders.push(["floor", await start("floor", floor.script, { ...vars, LOG: "on" })]);
      contenders.push([
        "floor, checking",
        await start("checking", checking.script, { ...settings, ...vars, LOG: "on" }),
      ]);
      contenders.push([
        "floor, silent",
        await start("silent", floor.script, { ...vars, LOG: "off" }),
      ]);
      if (before) {
        const older = await build(`${dir}/before`, "src/index.ts", before.root);
        contenders.push(["before", await start("before", older.script, settings)]);
      }
      const results: EdgeResult[] = [];
      for (const workload of WORKLOADS.slice(0, workloads)) {
        await sameCalls(contenders, workload);
        results.push(await against(contenders, workload, rounds));
      }
      return results;
    } finally {
      for (const [, workerd] of contenders) await workerd.stop();
    }
  });
}

async function against(
  contenders: [Contender, Workerd][],
  { kind, size }: { kind: Kind; size: number },
  rounds: Rounds,
): Promise<EdgeResult> {
  const summary = await alternate(contenders, () => callbacks(kind, size), rounds);
  const one = (wanted: Contender) => summary.find(({ name }) => name === wanted);
  const ofFloor = (name: Contender) => {
    const { byRate, byCpu } = ratio(one(name), one("floor"));
    return { ofFloor: byRate, ofFloorByCpu: byCpu };
  };
  return {
    workload: `${kind}, ${size}`,
    contenders: summary,
    ...ofFloor("friendgate"),
    checking: ofFloor("floor, checking"),
    ...(one("before") && { before: ofFloor("before") }),
  };
}

function callbacks(kind: Kind, size: number): Promise<Signed[]> {
  const now = Math.floor(Date.now() / 1000);
  return Promise.all(
    Array.from({ length: DIFFERENT_CALLBACKS }, (_, index) =>
      signedCallback(kind, size, `user${index}`, now - Math.floor(index / CALLBACKS_OF_A_SECOND)),
    ),
  );
}

/** One callback to each: the same reply, by the same calls. An older product may make other calls. */
async function sameCalls(
  contenders: [Contender, Workerd][],
  { kind, size }: { kind: Kind; size: number },
): Promise<void> {
  const callback = await signedCallback(kind, size, "user");
  const replies = new Set<string>();
  const seen = new Set<string>();
  for (const [name, workerd] of contenders) {
    const { reply, calls } = await answer(workerd, callback);
    replies.add(reply);
    if (name !== "before") seen.add(JSON.stringify({ reply, calls }));
  }
  const all = [...seen, ...replies].join("\n");
  if (replies.size + seen.size !== 2) throw new Error(`the floor is not the product's: ${all}`);
}

/** The reply to one callback, and the bindings' calls for it. */
async function answer(workerd: Workerd, { path, body }: Signed) {
  const before = await workerd.calls();
  const reply = await (await fetch(workerd.origin + path, { method: "POST", body })).text();
  // By then, the work that goes on after the reply has ended.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const after = await workerd.calls();
  const calls = Object.fromEntries(
    Object.entries(after).map(([name, count]) => [name, count - (before[name] ?? 0)]),
  );
  return { reply, calls };
}
