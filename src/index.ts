import { app } from "./app.ts";
import { consume } from "./consumer/consume.ts";
import { cleanUp } from "./scheduled.ts";

// biome-ignore lint/performance/noBarrelFile: an entrypoint has to be an export of the main module
export { FriendsService } from "./api/service.ts";

export default {
  fetch: app.fetch,
  queue: consume,
  scheduled: cleanUp,
} satisfies ExportedHandler<Env>;
