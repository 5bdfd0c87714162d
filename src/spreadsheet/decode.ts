/** What is wrong with a file, and on which line, from 1. No line is given if it is the whole file. */
export type Problem = { line: number | undefined; message: string };

export type Decoded =
  | { ok: true; text: string; encoding: string; isCertain: boolean }
  | { ok: false; problem: Problem };

const BOMS = [
  { encoding: "utf-8", bytes: [0xef, 0xbb, 0xbf] },
  { encoding: "utf-16le", bytes: [0xff, 0xfe] },
  { encoding: "utf-16be", bytes: [0xfe, 0xff] },
];

const SAVE_AS_CSV = "save it as CSV: File, Save As, CSV UTF-8";

/** What a spreadsheet saves by default. XLSX is a ZIP file. */
const WORKBOOKS = [
  { name: "an XLSX workbook", bytes: [0x50, 0x4b, 0x03, 0x04] },
  { name: "an XLS workbook", bytes: [0xd0, 0xcf, 0x11, 0xe0] },
];

/** In a text in GB18030, at least this share of the characters beyond ASCII is in daily use. */
const GB_DAILY_SHARE = 0.9;

/**
 * The text of a file as Excel, WPS and others save it. Nothing is replaced: a rule about a mangled
 * account would bind nobody.
 *
 * @param named the encoding that the user gives. A byte order mark goes before it
 */
export function decode(bytes: Uint8Array, named?: string): Decoded {
  const workbook = WORKBOOKS.find((each) => startsWith(bytes, each.bytes));
  if (workbook) return failed(undefined, `is ${workbook.name}: ${SAVE_AS_CSV}`);
  const marked = BOMS.find((bom) => startsWith(bytes, bom.bytes))?.encoding;
  const known = marked ?? named ?? utf16Of(bytes);
  if (known !== undefined) {
    return (
      decoded(bytes, known) ??
      failed(
        lineOfError(bytes, known),
        `has bytes that are not ${nameOf(known)}: save the file as CSV UTF-8, or name its encoding ` +
          "with --encoding",
      )
    );
  }
  const utf8 = decoded(bytes, "utf-8");
  if (utf8) return utf8;
  const gb = dailyShare(bytes) >= GB_DAILY_SHARE ? decoded(bytes, "gb18030") : undefined;
  if (gb) return { ...gb, isCertain: false };
  return failed(
    lineOfError(bytes, "utf-8"),
    "is not UTF-8, and not surely GB18030: save the file as CSV UTF-8, or name its encoding, such as " +
      "--encoding gb18030 (Excel on Chinese Windows) or --encoding windows-1252",
  );
}

/** The name of an encoding as people write it. */
export function nameOf(encoding: string): string {
  return encoding.replace(/^utf-16(?=[lb]e$)/, "utf-16 ").toUpperCase();
}

function decoded(bytes: Uint8Array, encoding: string): (Decoded & { ok: true }) | undefined {
  try {
    const text = new TextDecoder(encoding, { fatal: true, ignoreBOM: false }).decode(bytes);
    return { ok: true, text, encoding, isCertain: true };
  } catch {
    return undefined;
  }
}

function failed(line: number | undefined, message: string): Decoded {
  return { ok: false, problem: { line, message } };
}

/** Finds UTF-16 without a mark by the zero beside the first letter: a header or a bracket is ASCII. */
function utf16Of([first, second]: Uint8Array): string | undefined {
  if (first === 0 && second !== 0) return "utf-16be";
  return first !== 0 && second === 0 ? "utf-16le" : undefined;
}

/**
 * Reads the bytes as GB18030. Tells which share of the characters beyond ASCII is Chinese characters or
 * punctuation in daily use (GB 2312). Nearly any bytes can be read as GB18030, but other encodings come
 * out as rare characters.
 */
function dailyShare(bytes: Uint8Array): number {
  let daily = 0;
  let all = 0;
  for (let at = 0; at < bytes.length; ) {
    const [lead = 0, trail = 0] = bytes.subarray(at, at + 2);
    const size = lead < 0x80 ? 1 : trail >= 0x30 && trail <= 0x39 ? 4 : 2;
    const isDailyRow = (lead >= 0xa1 && lead <= 0xa3) || (lead >= 0xb0 && lead <= 0xf7);
    if (size === 2 && isDailyRow && trail >= 0xa1) daily += 1;
    if (size > 1) all += 1;
    at += size;
  }
  return all === 0 ? 0 : daily / all;
}

/** The line of the first byte that cannot be read. */
function lineOfError(bytes: Uint8Array, encoding: string): number {
  const decoder = new TextDecoder(encoding, { fatal: true, ignoreBOM: false });
  let line = 1;
  try {
    for (let at = 0; at < bytes.length; at += 1) {
      const text = decoder.decode(bytes.subarray(at, at + 1), { stream: true });
      if (text.includes("\n")) line += 1;
    }
  } catch {
    // This is the line.
  }
  return line;
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte);
}
