import { readFileSync } from "node:fs";

/** The resident memory of a process, in MiB. Undefined if there is no /proc, or no such process. */
export function residentMib(pid: number | undefined): number | undefined {
  const kib = /VmRSS:\s+(\d+)/.exec(textOf(`/proc/${pid}/status`))?.[1];
  return kib === undefined ? undefined : Number(kib) / 1024;
}

/** A process may end between two looks at it. */
export function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
