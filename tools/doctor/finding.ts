/**
 * - `ok`: it is as it should be
 * - `warning`: it works now, but will not always
 * - `failed`: callbacks are lost, or anybody can send them
 * - `unknown`: it cannot be told from here
 */
export type Level = "ok" | "warning" | "failed" | "unknown";

export type Finding = {
  level: Level;
  /** What was looked at. */
  what: string;
  /** What was found. */
  found: string;
  /** What to do about it. */
  todo?: string | undefined;
};

export function ok(what: string, found: string): Finding {
  return { level: "ok", what, found };
}

export function warning(what: string, found: string, todo: string): Finding {
  return { level: "warning", what, found, todo };
}

export function failed(what: string, found: string, todo: string): Finding {
  return { level: "failed", what, found, todo };
}

export function unknown(what: string, found: string, todo?: string): Finding {
  return { level: "unknown", what, found, todo };
}

/** Problems, as the end of a sentence. */
export function said(problems: readonly string[]): string {
  return problems.length === 0 ? "" : `: ${problems.join("; ")}`;
}
