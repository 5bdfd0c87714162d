export type Within<T> =
  | { ok: true; value: T }
  | { ok: false; reason: "timeout" }
  | { ok: false; reason: "error"; error: unknown };

/**
 * Waits for an operation, but no longer than so many milliseconds, and never throws. What takes
 * longer goes on in the background, and its result is dropped.
 */
export function within<T>(ms: number, operation: () => Promise<T>): Promise<Within<T>> {
  return new Promise((resolve) => {
    const end = (outcome: Within<T>) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const timer = setTimeout(() => end({ ok: false, reason: "timeout" }), ms);
    // Called within a `then`, an operation that throws at once is one that fails.
    Promise.resolve()
      .then(operation)
      .then(
        (value) => end({ ok: true, value }),
        (error) => end({ ok: false, reason: "error", error }),
      );
  });
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
