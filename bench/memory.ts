import { readFileSync } from "node:fs";

/** The memory of a process that is resident, in MiB; undefined where /proc is not, or the process is not. */
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
