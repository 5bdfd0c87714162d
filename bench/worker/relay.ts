/** The least that a Worker can do to pass a callback on: no Sign, no limits, no log. */
type RelayEnv = { BACKEND_URL: string };

export default {
  async fetch(request, { BACKEND_URL }) {
    return fetch(BACKEND_URL + new URL(request.url).search, {
      method: "POST",
      body: request.body,
      headers: { "Content-Type": request.headers.get("Content-Type") ?? "" },
    });
  },
} satisfies ExportedHandler<RelayEnv>;
