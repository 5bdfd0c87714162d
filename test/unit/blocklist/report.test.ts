import { describe, it } from "vitest";
import type { Rules } from "../../../src/blocklist/decide.ts";
import { createBrokenRuleReport } from "../../../src/blocklist/report.ts";
import { parseRule } from "../../../src/blocklist/value.ts";
import type { LogFields } from "../../../src/log.ts";

const rules = (entries: Record<string, string>): Rules =>
  new Map(Object.entries(entries).map(([key, value]) => [key, parseRule(value)]));

function reporter() {
  const lines: { event: string; fields: LogFields }[] = [];
  const report = createBrokenRuleReport();
  return {
    lines,
    report: (entries: Record<string, string>, secret: string | undefined = "secret") =>
      report(rules(entries), secret, (event, fields) => lines.push({ event, fields })),
  };
}

describe("a rule that cannot be read", () => {
  it("is reported by its kind and a keyed hash of its key", async ({ expect }) => {
    const { lines, report } = reporter();
    await report({ "pair:alice:bob": "{broken", "user:carol": "spam", "user:dave": "{}" });
    // printf '%s' 'pair:alice:bob' | openssl dgst -sha256 -hmac secret: its first 16 digits
    const keyHash = "d241813a9f85e9ea";
    expect(lines).toEqual([{ event: "broken-rule", fields: { kind: "pair", keyHash } }]);
  });

  it("is reported once, however often it is read", async ({ expect }) => {
    const { lines, report } = reporter();
    await report({ "user:alice": "{", "user:bob": "{" });
    await Promise.all([
      report({ "user:bob": "{", "user:carol": "{" }),
      report({ "user:carol": "{" }),
    ]);
    expect(lines).toHaveLength(3);
    expect(new Set(lines.map(({ fields }) => fields.keyHash)).size).toBe(3);
  });

  it("has another hash under another token", async ({ expect }) => {
    const [one, two] = [reporter(), reporter()];
    await one.report({ "user:alice": "{" }, "token");
    await two.report({ "user:alice": "{" }, "another");
    expect(one.lines[0]?.fields.keyHash).not.toBe(two.lines[0]?.fields.keyHash);
  });

  it("has no hash where there is no secret to key it", async ({ expect }) => {
    const report = createBrokenRuleReport();
    const lines: LogFields[] = [];
    await report(rules({ "user:alice": "{" }), undefined, (_, fields) => lines.push(fields));
    expect(lines).toEqual([{ kind: "user", keyHash: undefined }]);
  });

  it("fills no memory without end", async ({ expect }) => {
    const { lines, report } = reporter();
    const many = Array.from({ length: 1_500 }, (_, index) => [`user:${index}`, "{"]);
    await report(Object.fromEntries(many));
    expect(lines).toHaveLength(1_000);
  });
});
