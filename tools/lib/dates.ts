const AGE = /^(\d{1,6})([smhd])$/;

const UNIT_MS: Record<string, number> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const DAY_MS = 86_400_000;

/** Milliseconds of an age such as 90m, 12h or 3d. */
export function parseAge(text: string): number | undefined {
  const [, count, unit = ""] = AGE.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (UNIT_MS[unit] ?? 0);
}
