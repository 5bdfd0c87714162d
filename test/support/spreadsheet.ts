/** Files as spreadsheets save them. */

/** Node decodes GB18030 and does not encode it: each pair of bytes by the character that it stands for. */
const PAIRS = new Map<string, number[]>();
const decoder = new TextDecoder("gb18030");
for (let lead = 0x81; lead <= 0xfe; lead += 1) {
  for (let trail = 0x40; trail <= 0xfe; trail += 1) {
    if (trail !== 0x7f) PAIRS.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]);
  }
}

export const ENCODERS: Record<string, (text: string) => Buffer> = {
  "UTF-8": (text) => Buffer.from(text),
  "UTF-8 with BOM": (text) => Buffer.from(`\ufeff${text}`),
  "UTF-16 LE": (text) => Buffer.from(text, "utf16le"),
  "UTF-16 LE with BOM": (text) => Buffer.from(`\ufeff${text}`, "utf16le"),
  "UTF-16 BE": (text) => Buffer.from(text, "utf16le").swap16(),
  "UTF-16 BE with BOM": (text) => Buffer.from(`\ufeff${text}`, "utf16le").swap16(),
  GB18030: gb18030,
};

export function gb18030(text: string): Buffer {
  return Buffer.from(
    [...text].flatMap((character) => {
      const code = character.charCodeAt(0);
      const bytes = code < 0x80 ? [code] : PAIRS.get(character);
      if (bytes === undefined) throw new Error(`no GB18030 pair for ${character}`);
      return bytes;
    }),
  );
}
