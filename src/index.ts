import { app } from "./app.ts";
import { consume } from "./consumer.ts";

export default {
  fetch: app.fetch,
  queue: consume,
} satisfies ExportedHandler<Env>;
