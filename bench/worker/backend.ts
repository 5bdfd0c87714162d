/** The app's own backend: it reads what it gets, waits, and answers with what it was. */
type BackendEnv = { LATENCY_MS: string };

export default {
  async fetch(request, { LATENCY_MS }) {
    const { byteLength } = await request.arrayBuffer();
    const latencyMs = Number(LATENCY_MS);
    if (latencyMs > 0) await scheduler.wait(latencyMs);
    const { search } = new URL(request.url);
    const seen = [search.length, request.headers.get("Content-Type"), byteLength];
    return Response.json({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: seen.join(" ") });
  },
} satisfies ExportedHandler<BackendEnv>;
