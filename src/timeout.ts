export type Outcome<T> =
  | { ok: true; value: T }
  | { ok: false; reason: "timeout" }
  | { ok: false; reason: "error"; error: unknown };

/**
 * Waits for an operation, but no longer than so many milliseconds. It never throws. An operation that
 * takes longer goes on in the background, and its result is dropped.
 */
export function tryWithTimeout<T>(ms: number, operation: () => Promise<T>): Promise<Outcome<T>> {
  return new Promise((resolve) => {
    const end = (outcome: Outcome<T>) => {
      clearTimeout(timer);
      resolve(outcome);
    };
    const timer = setTimeout(() => end({ ok: false, reason: "timeout" }), ms);
    const run = async () => {
      try {
        end({ ok: true, value: await operation() });
      } catch (error) {
        end({ ok: false, reason: "error", error });
      }
    };
    run();
  });
}

/**
 * The same, but it returns the value or throws.
 *
 * @throws what the operation throws, and after so many milliseconds a TimeoutError
 */
export async function withTimeout<T>(ms: number, operation: () => Promise<T>): Promise<T> {
  const outcome = await tryWithTimeout(ms, operation);
  if (outcome.ok) return outcome.value;
  throw outcome.reason === "error"
    ? outcome.error
    : new DOMException(`timed out after ${ms} ms`, "TimeoutError");
}
