import { spawnSync } from "node:child_process";
import { describe, it } from "vitest";
import { momentText, parseMoment } from "../../src/spreadsheet/moment.ts";
import { moment, momentOrAge, whole } from "../../tools/lib/arguments.ts";
import { parseAge } from "../../tools/lib/dates.ts";

const NOON = Date.UTC(2026, 10, 20, 12, 0);

describe("a moment", () => {
  it.for<[text: string, ms: number | undefined]>([
    ["2026-11-20", Date.UTC(2026, 10, 20)],
    ["2026-11-20T12:00", NOON],
    ["2026-11-20T12:00:00", NOON],
    ["2026-11-20T12:00:00.000", NOON],
    ["2026-11-20T12:00Z", NOON],
    ["2026-11-20T12:00:00Z", NOON],
    ["2026-11-20T20:00+08:00", NOON],
    ["2026-11-20T07:00:00-05:00", NOON],
    ["2028-02-29", Date.UTC(2028, 1, 29)],
    ["2026-02-29", undefined],
    ["2026-02-31T10:00", undefined],
    ["2026-13-01", undefined],
    ["2026-11-20T24:00", undefined],
    ["2026-11-20T12", undefined],
    ["2026-11-20 12:00", undefined],
    ["2026-11-20T12:00 Z", undefined],
    ["2026-11-20T12:00+25:00", undefined],
    ["20.11.2026", undefined],
    ["1795176000000", undefined],
    ["tomorrow", undefined],
    ["", undefined],
  ])("%s is %s", ([text, ms], { expect }) => {
    expect(parseMoment(text)).toBe(ms);
    if (ms !== undefined) expect(parseMoment(momentText(ms))).toBe(ms);
  });

  it.for(["Asia/Shanghai", "America/New_York", "UTC"])(
    "without a zone is UTC where the clock is in %s",
    (TZ, { expect }) => {
      const code = `
        import { momentOrAge } from "./tools/lib/arguments.ts";
        console.log(momentOrAge("2026-11-20T12:00"), new Date(0).getTimezoneOffset());`;
      const args = ["--input-type=module", "-e", code];
      const { stdout } = spawnSync(process.execPath, args, {
        env: { ...process.env, TZ },
        encoding: "utf8",
      });
      const [ms, offset] = stdout.trim().split(" ").map(Number);
      expect(ms).toBe(NOON);
      expect(offset === 0).toBe(TZ === "UTC");
    },
  );
});

describe("an age", () => {
  it.for<[text: string, ms: number | undefined]>([
    ["30s", 30_000],
    ["90m", 5_400_000],
    ["12h", 43_200_000],
    ["3d", 259_200_000],
    ["0d", 0],
    ["3", undefined],
    ["-3d", undefined],
    ["3 d", undefined],
    ["1.5h", undefined],
    ["3w", undefined],
  ])("of %s has %s milliseconds", ([text, ms], { expect }) => {
    expect(parseAge(text)).toBe(ms);
  });
});

describe("an option", () => {
  it("takes an age from now on, or a moment", ({ expect }) => {
    expect(Math.abs(momentOrAge("1h") - (Date.now() - 3_600_000))).toBeLessThan(1_000);
    expect(momentOrAge("2026-11-20T12:00")).toBe(NOON);
    expect(() => momentOrAge("yesterday")).toThrow(/^It must be 2027-01-31, .*, or an age: 90m/);
    expect(() => moment("1h")).toThrow(/^It must be 2027-01-31, /);
  });

  it.for(["0", "11", "-1", "1.5", "1e1", "0x5", " 5", "", "٥", "5\n"])(
    "takes no %j for a whole number from 1 to 10",
    (text, { expect }) => {
      expect(() => whole(1, 10)(text)).toThrow("It must be a whole number from 1 to 10.");
    },
  );

  it.for([
    ["1", 1],
    ["10", 10],
    ["007", 7],
  ] as const)("takes %s", ([text, value], { expect }) => {
    expect(whole(1, 10)(text)).toBe(value);
  });
});
