import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";

// wrangler.toml requires the secret, and says so when a test run has none.
process.env.CALLBACK_TOKEN ??= "local-callback-token";

// Tests start hundreds of processes of Node.js: each would compile the same files again.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL("node_modules/.cache/compile", import.meta.url),
);

// Besides DB: eight databases, and one for the record.
const TEST_DATABASES = [2, 3, 4, 5, 6, 7, 8, "RECORDS"].map((name) => `TEST_DB_${name}`);

// No test measures time: a busy machine must not fail one that works. Only what hangs ends here.
const HUNG_MS = 600_000;

// Each project in random order: no test may lean on another.
const sequence = { shuffle: true };

export default defineConfig({
  test: {
    // vitest leaves a core free, and on two cores runs one file after the other.
    maxWorkers: "100%",
    projects: [
      {
        plugins: [
          cloudflareTest(async () => ({
            remoteBindings: false,
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              // Under a name that the Worker does not know: who looks at the rate binds it.
              ratelimits: { TEST_RATE: { namespace_id: "1", simple: { limit: 3, period: 60 } } },
              // The same: who looks at several databases binds them as DB_2 and so on.
              d1Databases: TEST_DATABASES,
              bindings: {
                SDK_APP_ID: "1400000000",
                CALLBACK_TOKEN: "local-callback-token",
                // As under `npm start`: tokens of tests and of official samples are short.
                LOCAL: "true",
                // The local queue delivers when it likes: who looks at the record switches it on.
                RECORD_RESPONSES: "none",
                // Who counts statements would count that of the first callback of an isolate.
                ALERT_ON_SILENCE: "false",
                // `npm run test:faults` plays round after round, each with seeds of its own.
                TEST_FAULTS_ROUND: process.env.FAULTS_ROUND ?? "0",
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
              },
            },
          })),
        ],
        test: {
          name: "workerd",
          include: ["test/{unit,db,integration,conformance,property}/**/*.test.ts"],
          setupFiles: ["test/setup.ts"],
          testTimeout: HUNG_MS,
          hookTimeout: HUNG_MS,
          sequence,
        },
      },
      {
        test: {
          name: "node",
          include: ["test/e2e/**/*.test.ts", "test/tools/**/*.test.ts"],
          testTimeout: HUNG_MS,
          hookTimeout: HUNG_MS,
          sequence,
        },
      },
      {
        test: {
          name: "commands",
          include: ["test/commands/**/*.test.ts"],
          // Each runs wrangler many times, as a person does: minutes, so `npm test` leaves them out.
          testTimeout: HUNG_MS,
          hookTimeout: HUNG_MS,
          // Whatever else runs has another number of workers, and runs before.
          sequence: { ...sequence, groupOrder: 1 },
          // Each of them waits for one other process at a time: a core would often wait with it.
          maxWorkers: availableParallelism() + 1,
        },
      },
      {
        test: {
          name: "console",
          include: ["test/console/**/*.test.ts"],
          globalSetup: "test/console/setup.ts",
          testTimeout: HUNG_MS,
          hookTimeout: HUNG_MS,
          // Others have other numbers of workers. Here each has a browser, and all have one Worker.
          sequence: { ...sequence, groupOrder: 2 },
          maxWorkers: 2,
        },
      },
    ],
  },
});
