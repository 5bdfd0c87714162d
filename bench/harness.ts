import { createTestHarness } from "wrangler";
import { root } from "../tools/lib/wrangler.ts";
import { settings } from "./callbacks.ts";

export type Harness = { origin: string; close: () => Promise<void> };

/** Starts a built Worker with the bindings of wrangler.toml, each a real local one, and the tables. */
export async function startHarness(prebuiltWorkerDir: string): Promise<Harness> {
  const { CALLBACK_TOKEN, ...vars } = settings;
  const harness = createTestHarness({
    root,
    workers: [
      {
        configPath: "wrangler.toml",
        prebuiltWorkerDir,
        // What is counted is a callback's own, and not the note that something arrived in ten minutes.
        vars: { ...vars, ALERT_ON_SILENCE: "false" },
        secrets: { CALLBACK_TOKEN },
      },
    ],
  });
  // Its line for each request and batch is of no interest here.
  process.env.WRANGLER_LOG = "error";
  const { url } = await harness.listen();
  await harness.getWorker().applyD1Migrations("DB");
  return {
    origin: url.origin,
    async close() {
      delete process.env.WRANGLER_LOG;
      await harness.close();
    },
  };
}
