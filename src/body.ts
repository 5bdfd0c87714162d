export type BodyText =
  | { ok: true; text: string }
  | { ok: false; reason: "too-large" | "malformed" };

/**
 * A request's body as text, read piece by piece: one that is longer than `maxBytes` is given up
 * there, whatever its Content-Length says. Text that is not UTF-8 is malformed.
 */
export async function readText(request: Request, maxBytes: number): Promise<BodyText> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
  let bytes = 0;
  let text = "";
  try {
    for await (const piece of request.body ?? []) {
      bytes += piece.byteLength;
      if (bytes > maxBytes) return { ok: false, reason: "too-large" };
      text += decoder.decode(piece, { stream: true });
    }
    return { ok: true, text: text + decoder.decode() };
  } catch (error) {
    if (error instanceof TypeError) return { ok: false, reason: "malformed" };
    throw error;
  }
}
