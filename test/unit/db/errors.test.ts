import { describe, it } from "vitest";
import { isTransient } from "../../../src/db/errors.ts";

describe("an error of D1", () => {
  it.for([
    "D1_ERROR: Network connection lost.",
    "D1_ERROR: Internal error in D1 DB storage caused object to be reset.",
    "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
    "D1_ERROR: D1 DB reset because its code was updated.",
    "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
    "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
    "D1_ERROR: D1 DB is overloaded. Too many requests queued.",
    "Exceeded maximum DB size",
    "D1_ERROR: no such table: friends: SQLITE_ERROR",
    "D1_ERROR: table friends has no column named forced: SQLITE_ERROR",
    "timed out after 40000 ms",
  ])("is worth waiting for: %s", (message, { expect }) => {
    expect(isTransient(new Error(message))).toBe(true);
  });

  it.for([
    "D1_ERROR: CHECK constraint failed: friends_user_id_not_empty: SQLITE_CONSTRAINT",
    "D1_ERROR: CHECK constraint failed: a_timeout_of_ours: SQLITE_CONSTRAINT",
    "D1_ERROR: cannot store REAL value in INTEGER column friends.version: SQLITE_CONSTRAINT",
    "D1_ERROR: malformed JSON: SQLITE_ERROR",
    "D1_ERROR: string or blob too big: SQLITE_TOOBIG",
    "D1_ERROR: D1 DB exceeded its CPU time limit and was reset.",
    "nothing that anybody has seen",
  ])("is the data's fault: %s", (message, { expect }) => {
    expect(isTransient(new Error(message))).toBe(false);
  });

  it("says it in its cause, too", ({ expect }) => {
    const cause = new Error("Network connection lost.");
    expect(isTransient(new Error("D1_ERROR", { cause }))).toBe(true);
  });

  it.for([undefined, null, "Network connection lost.", 1])(
    "is an Error: not %s",
    (thrown, { expect }) => {
      expect(isTransient(thrown)).toBe(false);
    },
  );
});
