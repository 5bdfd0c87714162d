import { app } from "./app.ts";
import { consume } from "./consumer.ts";
import { tidy } from "./scheduled.ts";

// biome-ignore lint/performance/noBarrelFile: an entrypoint has to be an export of the main module
export { FriendsService } from "./service.ts";

export default {
  fetch: app.fetch,
  queue: consume,
  scheduled: tidy,
} satisfies ExportedHandler<Env>;
