export type Within<T> =
  | { ok: true; value: T }
  | { ok: false; reason: "timeout" }
  | { ok: false; reason: "error"; error: unknown };

/**
 * Waits for an operation, but no longer than so many milliseconds, and never throws. What takes
 * longer goes on in the background, and its result is dropped.
 */
export async function within<T>(ms: number, operation: () => Promise<T>): Promise<Within<T>> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<Within<T>>((resolve) => {
    timer = setTimeout(() => resolve({ ok: false, reason: "timeout" }), ms);
  });
  const outcome = (async (): Promise<Within<T>> => {
    try {
      return { ok: true, value: await operation() };
    } catch (error) {
      return { ok: false, reason: "error", error };
    }
  })();
  try {
    return await Promise.race([outcome, timeout]);
  } finally {
    clearTimeout(timer ?? null);
  }
}

/**
 * The same, for who wants the value.
 *
 * @throws what the operation throws, and after so many milliseconds a TimeoutError
 */
export async function inTime<T>(ms: number, operation: () => Promise<T>): Promise<T> {
  const outcome = await within(ms, operation);
  if (outcome.ok) return outcome.value;
  throw outcome.reason === "error"
    ? outcome.error
    : new DOMException(`timed out after ${ms} ms`, "TimeoutError");
}
