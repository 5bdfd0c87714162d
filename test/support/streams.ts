/** A request whose body is handed over piece by piece, and tells how much of it was asked for. */
export function streamedRequest(
  pieces: readonly Uint8Array[],
  { url = "https://callback.example/", headers = {} as Record<string, string> } = {},
) {
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const piece = pieces[pulled];
        if (piece === undefined) {
          controller.close();
          return;
        }
        pulled += 1;
        controller.enqueue(piece);
      },
      cancel() {
        cancelled = true;
      },
    },
    // Nothing is asked for ahead of a read.
    { highWaterMark: 0 },
  );
  const request = new Request(url, { method: "POST", headers, body });
  return { request, pulled: () => pulled, cancelled: () => cancelled };
}
