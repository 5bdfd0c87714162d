import type { ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";

export type Output = { code: number | null; stdout: string; stderr: string };

/**
 * Everything that a child prints until it ends. It is decoded as a stream: a character may come in
 * two pieces.
 *
 * @throws where the child cannot be started
 */
export async function outputOf(child: ChildProcess): Promise<Output> {
  const closed = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  const [stdout, stderr, code] = await Promise.all([
    child.stdout ? text(child.stdout) : "",
    child.stderr ? text(child.stderr) : "",
    closed,
  ]);
  return { code, stdout, stderr };
}
