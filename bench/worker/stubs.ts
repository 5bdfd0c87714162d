/**
 * KV, the queue and D1 as services of the same workerd, which speak what the runtime's bindings
 * speak and keep nothing: the Worker under load makes its real calls, and no store is measured.
 * `GET /calls` tells how many there were.
 */
const calls = { kv: 0, queue: 0, d1: 0 };

const QUEUE_METRICS = { backlogCount: 0, backlogBytes: 0, oldestMessageTimestamp: 0 };

export default {
  async fetch(request) {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/calls":
        return Response.json(calls);
      case "/bulk/get": {
        calls.kv += 1;
        const { keys } = await request.json<{ keys: string[] }>();
        return Response.json(Object.fromEntries(keys.map((key) => [key, null])));
      }
      case "/message":
      case "/batch":
        calls.queue += 1;
        await request.arrayBuffer();
        return Response.json({ metadata: { metrics: QUEUE_METRICS } });
      default:
        // D1: the counts of what is passed on. No friend callback asks for it as long as the queue takes
        // its messages.
        calls.d1 += 1;
        return Response.json([{ success: true, meta: {}, results: [] }]);
    }
  },
} satisfies ExportedHandler;
