import { describe, it, vi } from "vitest";
import { tryWithTimeout } from "../../src/timeout.ts";

describe("waiting for an operation", () => {
  it("gives its value when it is in time", async ({ expect }) => {
    expect(await tryWithTimeout(1_000, async () => 7)).toEqual({ ok: true, value: 7 });
  });

  it.for([new TypeError("x"), "text", undefined])(
    "gives what it throws: %s",
    async (thrown, { expect }) => {
      const asynchronous = await tryWithTimeout(1_000, () => Promise.reject(thrown));
      const synchronous = await tryWithTimeout(1_000, () => {
        throw thrown;
      });
      expect(asynchronous).toEqual({ ok: false, reason: "error", error: thrown });
      expect(synchronous).toEqual({ ok: false, reason: "error", error: thrown });
    },
  );

  it("gives up an operation that never ends", async ({ expect }) => {
    expect(await tryWithTimeout(1, () => new Promise(() => {}))).toEqual({
      ok: false,
      reason: "timeout",
    });
  });

  it("drops the failure of an operation that was given up", async ({ expect }) => {
    let fail: (error: Error) => void = () => {};
    const late = new Promise((_, reject) => {
      fail = reject;
    });
    expect(await tryWithTimeout(1, () => late)).toEqual({ ok: false, reason: "timeout" });
    fail(new Error("too late"));
    await expect(late).rejects.toThrow("too late");
  });

  it("leaves no timer behind", async ({ expect }) => {
    vi.useFakeTimers();
    await tryWithTimeout(1_000, async () => 7);
    expect(vi.getTimerCount()).toBe(0);
  });
});
