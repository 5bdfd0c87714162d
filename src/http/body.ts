export type BodyBytes =
  | { ok: true; bytes: Uint8Array }
  | { ok: false; reason: "too-large" | "cut-off" };

/**
 * A body, read piece by piece: one that is longer than `maxBytes` is given up there. One that ends
 * before its end is cut off.
 *
 * By `read()`, for `for await` over a body takes twice as long.
 *
 * @param declared how many bytes a request's Content-Length says: the runtime ends a body there, and to be
 *   told so takes another read. That of a response counts its bytes before they are decompressed
 */
export async function readBytes(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  declared = Number.NaN,
): Promise<BodyBytes> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = body?.getReader();
  try {
    while (reader && length !== declared) {
      const piece = await reader.read();
      if (piece.done) break;
      pieces.push(piece.value);
      length += piece.value.byteLength;
      if (length > maxBytes) {
        await reader.cancel();
        return { ok: false, reason: "too-large" };
      }
    }
  } catch {
    return { ok: false, reason: "cut-off" };
  } finally {
    // Whoever drains the body behind the Worker must be able to.
    reader?.releaseLock();
  }
  return { ok: true, bytes: joined(pieces, length) };
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

/** One for all requests: it keeps nothing between two texts that it decodes as a whole. */
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: false });

/** Bytes as text. What is not UTF-8 becomes U+FFFD, one character for each sequence. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/**
 * Bytes as JSON; undefined for what is none. Texts in it need not be UTF-8, for users write some of
 * them: where their bytes break the JSON, as a backslash inside of a GBK character does, it is read
 * as GB18030.
 */
export function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeText(bytes));
  } catch {
    return isUtf8(bytes) ? undefined : parseGb18030(bytes);
  }
}

function parseGb18030(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("gb18030").decode(bytes));
  } catch {
    return undefined;
  }
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
