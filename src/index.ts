import { answerCallback } from "./callbacks/handle.ts";

// biome-ignore lint/performance/noBarrelFile: an entrypoint has to be an export of the main module
export { FriendsService } from "./api/entrypoint.ts";

// Tencent waits for the reply. So only what a callback needs is loaded at the start.
export default {
  fetch: (request: Request, env, ctx) =>
    answerCallback(request, env, ctx) ??
    import("./app.ts").then(({ app }) => app.fetch(request, env, ctx)),
  queue: async (batch, env) => (await import("./consumer/consume.ts")).consume(batch, env),
  scheduled: async (controller, env) => (await import("./scheduled.ts")).onCron(controller, env),
} satisfies ExportedHandler<Env>;
