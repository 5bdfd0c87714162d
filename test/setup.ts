import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, vi } from "vitest";
import { captureLog } from "./support/log.ts";

/** Each test starts with empty storage, real time, and the Worker's log lines kept from the report. */
beforeEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  captureLog();
  await reset();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
});
