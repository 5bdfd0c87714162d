import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, it, vi } from "vitest";
import { parseRestFault, restFates } from "../../tools/simulate/rest-fates.ts";
import { readTruth, writeTruth } from "../../tools/simulate/truth-file.ts";
import { FRIEND_GET, PLAYED_SECRET_KEY } from "../../tools/tencent/rest.ts";
import { userSigOf } from "../../tools/tencent/user-sig.ts";
import { APP_ID } from "../support/reconcile.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "friendgate-test-"));
  file = join(folder, "truth.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const id = fc.string({ unit: "grapheme", minLength: 1, maxLength: 20 });

describe("a file with a truth", () => {
  it("gives back what was written, whatever the ids hold", ({ expect }) => {
    const friend = fc.record({ friendId: id, addedAt: fc.nat() }, { requiredKeys: ["friendId"] });
    const list = fc.record({ userId: id, friends: fc.array(friend, { maxLength: 5 }) });
    fc.assert(
      fc.property(fc.array(list, { maxLength: 5 }), (lists) => {
        writeTruth(file, lists);
        expect(readTruth(file)).toEqual(lists);
      }),
    );
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it.for(["{}", '{"userId":""}', "alice", '{"userId":"a","friends":[{"friendId":1}]}'])(
    "that holds %s says on which line",
    (line, { expect }) => {
      writeFileSync(file, `{"userId":"a","friends":[]}\n\n${line}\n`);
      expect(() => readTruth(file)).toThrow(`${file}:3: no friend list`);
    },
  );
});

describe("the faults of the REST API that is played", () => {
  it.for([
    ["60008", { rate: 1, fate: { fault: "code", code: 60_008 } }],
    ["60008:0.1", { rate: 0.1, fate: { fault: "code", code: 60_008 } }],
    ["503:.5", { rate: 0.5, fate: { fault: "status", status: 503 } }],
    ["200", undefined],
    ["60008:2", undefined],
    ["60008:0.1:0.1", undefined],
    ["x", undefined],
  ] as const)("%s", ([text, fault], { expect }) => {
    expect(parseRestFault(text)).toEqual(fault);
  });

  it("come as often as they are said to, and each on its own", ({ expect }) => {
    const [often, seldom] = ["60008:0.3", "503:0.1"].map((text) => parseRestFault(text));
    if (!often || !seldom) throw new Error("not read");
    const draw = (faults: (typeof often)[]) => {
      const next = restFates(faults, 7);
      return Array.from({ length: 2_000 }, () => next().fault);
    };
    const drawn = draw([often, seldom]);
    const part = (fault: string) => drawn.filter((each) => each === fault).length / drawn.length;
    expect(part("code")).toBeCloseTo(0.3, 1);
    expect(part("status")).toBeCloseTo(0.07, 1);
    const without = draw([{ ...often, rate: 0 }, seldom]);
    expect(without.filter((_, at) => drawn[at] === "status")).toEqual(
      drawn.filter((fault) => fault === "status"),
    );
  });
});

describe("simulate rest", () => {
  it("serves a truth from a file, also after the file has changed", async ({ expect }) => {
    writeTruth(file, [{ userId: "alice", friends: [{ friendId: "bob", addedAt: 5_000 }] }]);
    const args = ["tools/simulate/main.ts", "rest", "--truth", file, "--port", "0"];
    const child = spawn(process.execPath, args, {
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, SDK_APP_ID: String(APP_ID), TENCENT_SECRET_KEY: "" },
    });
    const ended = new Promise((resolve) => child.on("close", resolve));
    const output = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8").on("data", (text) => {
        output[name] += text;
      });
    }
    try {
      await vi.waitUntil(() => output.stderr.includes("--known"), { timeout: 30_000 });
      const url = /played at (\S+)/.exec(output.stderr)?.[1] ?? "";
      expect(await askFor(url, "alice")).toMatchObject({
        FriendNum: 1,
        UserDataItem: [{ To_Account: "bob" }],
      });
      expect(await askFor(url, "carol")).toMatchObject({ ErrorCode: 30_003 });
      appendFileSync(file, '{"userId":"carol","friends":[]}\n');
      expect(await askFor(url, "carol")).toMatchObject({ ErrorCode: 0, FriendNum: 0 });
      await vi.waitUntil(() => output.stdout.split("\n").length === 4);
      expect(output.stdout).toBe(
        [0, 30_003, 0].map((code) => `${FRIEND_GET}  code ${code}\n`).join(""),
      );
    } finally {
      child.kill("SIGTERM");
    }
    expect(await ended).toBe(130);
  });
});

async function askFor(url: string, userId: string) {
  const identifier = "administrator";
  const query = new URLSearchParams({
    ...{ sdkappid: String(APP_ID), identifier, random: "1", contenttype: "json" },
    usersig: await userSigOf({
      ...{ identifier, appId: APP_ID, key: PLAYED_SECRET_KEY },
      ...{ nowMs: Date.now(), validSeconds: 60 },
    }),
  });
  const body = JSON.stringify({ From_Account: userId, StartIndex: 0, StandardSequence: 0 });
  const response = await fetch(`${url}${FRIEND_GET}?${query}`, { method: "POST", body });
  return response.json();
}
