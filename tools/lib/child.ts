import type { ChildProcess } from "node:child_process";
import { text } from "node:stream/consumers";

export type Output = { code: number | null; stdout: string; stderr: string };

/**
 * Everything that a child prints until it ends. It is decoded as a stream, because a character may come
 * in two pieces.
 *
 * @throws if the child cannot be started, or if its signal stopped it; then it has ended
 */
export async function outputOf(child: ChildProcess): Promise<Output> {
  const closed = new Promise<number | null>((resolve, reject) => {
    let failure: Error | undefined;
    child.on("error", (error) => {
      failure = error;
      if (child.pid === undefined) reject(error);
    });
    child.on("close", (code) => (failure ? reject(failure) : resolve(code)));
  });
  const [stdout, stderr, code] = await Promise.all([
    child.stdout ? text(child.stdout) : "",
    child.stderr ? text(child.stderr) : "",
    closed,
  ]);
  return { code, stdout, stderr };
}
