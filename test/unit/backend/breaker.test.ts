import { it } from "vitest";
import { createBreaker } from "../../../src/backend/breaker.ts";

it("a breaker is closed by a success at any time, and begins anew", ({ expect }) => {
  const breaker = createBreaker();
  breaker.failed(0);
  breaker.failed(5_000);
  expect(breaker.isOpen(14_999)).toBe(true);
  // A try that was under way when the other one failed.
  breaker.succeeded();
  expect(breaker.isOpen(5_000)).toBe(false);
  breaker.failed(6_000);
  expect(breaker.isOpen(10_999)).toBe(true);
  expect(breaker.isOpen(11_000)).toBe(false);
});
