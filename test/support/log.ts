import { vi } from "vitest";

let lines: string[] = [];

/** Keeps the Worker's log lines from the report, and for `logLines`. */
export function captureLog(): void {
  lines = [];
  // What is read from `console` again is not the spy, but the runtime's wrapper of it.
  for (const method of ["log", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((line) => void lines.push(String(line)));
  }
}

/** The Worker's log lines of this test so far, parsed. */
export function logLines(): Record<string, unknown>[] {
  return lines.map((line) => JSON.parse(line));
}
