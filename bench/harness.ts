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
        vars,
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
