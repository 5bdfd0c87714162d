export type BodyText =
  | { ok: true; text: string }
  | { ok: false; reason: "too-large" | "malformed" };

/** One for all requests: it keeps nothing between two texts that it decodes as a whole. */
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/**
 * A request's body as text, read piece by piece: one that is longer than `maxBytes` is given up
 * there, whatever its Content-Length says. Text that is not UTF-8 is malformed.
 */
export async function readText(request: Request, maxBytes: number): Promise<BodyText> {
  try {
    const bytes = await readBytes(request, maxBytes);
    return bytes === "too-large"
      ? { ok: false, reason: bytes }
      : { ok: true, text: decoder.decode(bytes) };
  } catch (error) {
    if (error instanceof TypeError) return { ok: false, reason: "malformed" };
    throw error;
  }
}

/**
 * By `read()`, for `for await` over a body takes twice as long; and no further than Content-Length,
 * where the runtime ends a body, for to be told so takes another read.
 */
async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array | "too-large"> {
  const declared = Number(request.headers.get("Content-Length") ?? Number.NaN);
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = request.body?.getReader();
  try {
    while (reader && length !== declared) {
      const piece = await reader.read();
      if (piece.done) break;
      pieces.push(piece.value);
      length += piece.value.byteLength;
      if (length > maxBytes) {
        await reader.cancel();
        return "too-large";
      }
    }
  } finally {
    // Whoever drains the body behind the Worker must be able to.
    reader?.releaseLock();
  }
  return joined(pieces, length);
}

/** Nearly every body comes in one piece. */
function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}
