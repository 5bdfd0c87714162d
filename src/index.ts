import { app } from "./app.ts";
import { consume } from "./consumer.ts";
import { tidy } from "./scheduled.ts";

export default {
  fetch: app.fetch,
  queue: consume,
  scheduled: tidy,
} satisfies ExportedHandler<Env>;
