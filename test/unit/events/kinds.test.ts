import { describe, it } from "vitest";
import { entriesOf, kindOf, withEntries } from "../../../src/events/kinds.ts";
import { parseMessage } from "../../../src/events/messages.ts";
import { RECORDS, requestsAt, responsesAt } from "../../support/decided.ts";

describe.for(RECORDS)("a message of $what", ({ what, eventAt }) => {
  const event = eventAt({ at: 1, count: 3, refused: 1 });

  it("is read as it was written, through JSON", ({ expect }) => {
    const message = JSON.parse(JSON.stringify(event));
    expect(parseMessage(message)).toEqual({ ok: true, kind: what, event });
    expect(kindOf(event)).toBe(what);
    expect(entriesOf(withEntries(event, []))).toEqual([]);
    expect(entriesOf(event)).toHaveLength(3);
  });

  it.for([
    ["another version", { v: 2 }, "unknown"],
    ["no callback", { callId: "" }, "malformed"],
    ["no time", { at: 0 }, "malformed"],
    ["a time that is text", { at: "1" }, "malformed"],
    ["a list that is none", { responses: {}, requests: {} }, "malformed"],
    ["an entry that is none", { responses: [[]], requests: [[]] }, "malformed"],
    ["nobody who sent it", { responderId: null, applicantId: null }, "malformed"],
  ] as const)("with %s is not taken for one", ([, change, reason], { expect }) => {
    expect(parseMessage({ ...event, ...change })).toEqual({ ok: false, reason });
  });
});

describe("a request and a response are not taken for each other", () => {
  const outcome = [0, null, null, null];

  it.for([
    ["a response to an unknown action", responsesAt({ at: 1 }), [[0, "bob", "Later", ...outcome]]],
    ["a response that is a request", responsesAt({ at: 1 }), [[0, "bob", "Request", ...outcome]]],
    ["a response without an action", responsesAt({ at: 1 }), [[0, "bob", ...outcome]]],
    ["a request with an action", requestsAt({ at: 1 }), [[0, "bob", "Agree", ...outcome]]],
  ] as const)("%s is malformed", ([, event, entries], { expect }) => {
    const wrong = withEntries(event, entries);
    expect(parseMessage(wrong)).toEqual({ ok: false, reason: "malformed" });
  });
});
