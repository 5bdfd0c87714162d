import { join } from "node:path";
import { createTestHarness } from "wrangler";
import { root } from "../../tools/lib/wrangler.ts";
import { APP_ID, TOKEN } from "./tencent.ts";

type Bindings = { DB: { prepare(sql: string): { run(): Promise<unknown> } } };

/** friendgate, and another Worker that is bound to it, by the path of its configuration. */
export function besideFriendgate(configPath: string, apiToken: string) {
  const harness = createTestHarness({
    workers: [
      {
        configPath: join(root, "wrangler.toml"),
        vars: { SDK_APP_ID: APP_ID, LOCAL: "true" },
        secrets: { CALLBACK_TOKEN: TOKEN, API_TOKEN: apiToken },
      },
      { configPath },
    ],
  });
  const friendgate = harness.getWorker("friendgate");
  return {
    harness,
    /** Starts both, with the tables, and gives the origin of friendgate. */
    async start(): Promise<string> {
      const { origin } = (await harness.listen()).url;
      await friendgate.applyD1Migrations("DB");
      return origin;
    },
    async sql(text: string): Promise<void> {
      const { DB } = (await friendgate.getEnv()) as unknown as Bindings;
      await DB.prepare(text).run();
    },
  };
}
