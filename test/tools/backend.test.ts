import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { afterEach, describe, it, vi } from "vitest";
import {
  type Backend,
  type BackendOptions,
  type Seen,
  startBackend,
} from "../../tools/simulate/backend.ts";
import { fates } from "../../tools/simulate/fates.ts";
import { sendCallback } from "../../tools/tencent/send.ts";
import { runTool } from "../support/commands.ts";
import { PATIENCE } from "../support/patience.ts";
import { APP_ID, friendResponse, TOKEN } from "../support/tencent.ts";

let backend: Backend | undefined;
const seen: Seen[] = [];
afterEach(async () => {
  await backend?.stop();
  backend = undefined;
  seen.splice(0);
});

const NO_FAULTS = { fail: { rate: 0, status: 500 }, hangRate: 0 };
const COMMAND = "C2C.CallbackBeforeSendMsg";

async function start(options: Partial<BackendOptions> = {}) {
  const whole = { port: 0, token: TOKEN, latencyMs: 0, faults: NO_FAULTS, seed: 7, ...options };
  backend = await startBackend({ answer: undefined, ...whole }, (one) => seen.push(one));
  const target = {
    ...{ url: backend.url, appId: APP_ID, token: TOKEN },
    ...{ clientIp: "127.0.0.1", platform: "Web" },
  };
  return {
    target,
    send: (body: object = { CallbackCommand: COMMAND }, more = {}) =>
      sendCallback({ ...target, ...more }, COMMAND, JSON.stringify(body)),
  };
}

describe("a backend that is played", () => {
  it("answers OK, and tells of a callback what is not secret", async ({ expect }) => {
    const { target } = await start();
    const { url } = await sendCallback(target, COMMAND, "");
    const headers = { "X-Friendgate-Attempt": "3", "X-Friendgate-Request-Time": "1700000000" };
    const again = await fetch(url, { method: "POST", headers, body: '{"Text":"secret"}' });
    expect(again.status).toBe(200);
    expect(await again.json()).toEqual({ ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" });
    expect(seen).toEqual([
      { command: COMMAND, attempt: undefined, requestTime: undefined, answer: 200 },
      { command: COMMAND, attempt: 3, requestTime: "1700000000", answer: 200 },
    ]);
  });

  it("lets every item of a friend response pass", async ({ expect }) => {
    const { send } = await start();
    const { received } = await send(friendResponse("alice", ["bob", "carol"]));
    expect(JSON.parse(received.ok ? received.text : "")).toMatchObject({
      ResultItem: [
        { To_Account: "bob", ResultCode: 0 },
        { To_Account: "carol", ResultCode: 0 },
      ],
    });
  });

  it("answers what it is told to, as late as it is told to", async ({ expect }) => {
    const { send } = await start({ latencyMs: 200, answer: '{"ErrorCode":1}' });
    const { received } = await send();
    expect(received).toMatchObject({ ok: true, status: 200, text: '{"ErrorCode":1}' });
    expect(received.elapsedMs).toBeGreaterThan(190);
  });

  it.for([
    ["another token", { token: "another" }, {}, "sign-wrong"],
    ["a RequestTime of 61 s ago", {}, { nowMs: Date.now() - 61_500 }, "time-stale"],
    ["no Sign", {}, { instead: { Sign: undefined } }, "sign-missing"],
  ] as const)("refuses %s", async ([_, from, options, refused], { expect }) => {
    const { target } = await start({ faults: { ...NO_FAULTS, hangRate: 1 } });
    const { received } = await sendCallback({ ...target, ...from }, COMMAND, "{}", options);
    expect(received).toMatchObject({ ok: true, status: 401 });
    expect(seen).toMatchObject([{ command: COMMAND, answer: 401, refused }]);
  });

  it("leaves without an answer those that hang, and ends all the same", async ({ expect }) => {
    const { send } = await start({ faults: { ...NO_FAULTS, hangRate: 1 } });
    const sent = send();
    await vi.waitFor(() => expect(seen).toMatchObject([{ answer: "none" }]), PATIENCE);
    await backend?.stop();
    expect((await sent).received.ok).toBe(false);
  });

  it("ends while an answer is on its way", async ({ expect }) => {
    const { send } = await start({ latencyMs: 600_000 });
    const sent = send();
    await new Promise((resolve) => setTimeout(resolve, 100));
    await backend?.stop();
    expect((await sent).received.ok).toBe(false);
    expect(seen).toEqual([]);
  });
});

describe("the fates of callbacks", () => {
  const drawn = (fail: number, hangRate: number, seed: number) => {
    const next = fates({ fail: { rate: fail, status: 503 }, hangRate }, seed);
    return Array.from({ length: 10_000 }, next);
  };
  const share = (all: readonly unknown[], one: unknown) =>
    all.filter((each) => each === one).length / all.length;

  it("are the same for the same seed, and others for another", ({ expect }) => {
    expect(drawn(0.5, 0.1, 1)).toEqual(drawn(0.5, 0.1, 1));
    expect(drawn(0.5, 0.1, 1)).not.toEqual(drawn(0.5, 0.1, 2));
  });

  it("are shared out as the rates say", ({ expect }) => {
    const all = drawn(0.25, 0.2, 7);
    expect(share(all, "hang")).toBeCloseTo(0.2, 1);
    expect(share(all, 503)).toBeCloseTo(0.8 * 0.25, 1);
    expect(new Set(drawn(0, 0, 7))).toEqual(new Set([200]));
    expect(new Set(drawn(1, 0, 7))).toEqual(new Set([503]));
    expect(new Set(drawn(1, 1, 7))).toEqual(new Set(["hang"]));
  });

  it("hang the same ones, whatever else fails", ({ expect }) => {
    const hung = (fates: readonly unknown[]) => fates.map((fate) => fate === "hang");
    expect(hung(drawn(0.9, 0.2, 7))).toEqual(hung(drawn(0, 0.2, 7)));
  });
});

describe("npm run simulate -- backend", () => {
  it("prints a line for each callback that is played, and ends with TERM", async ({ expect }) => {
    const answer = '{"ActionStatus":"OK","ErrorCode":120001,"ErrorInfo":""}';
    const child = spawn(
      process.execPath,
      ["tools/simulate/main.ts", "backend", "--port", "0", "--answer", answer],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, CALLBACK_TOKEN: TOKEN } },
    );
    const ended = new Promise((resolve) => child.on("close", resolve));
    const printed = text(child.stdout);
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (piece) => {
      said += piece;
    });
    await vi.waitFor(() => expect(said).toContain("BACKEND_URL="), PATIENCE);
    const [, url = ""] = /BACKEND_URL=(\S+)/.exec(said) ?? [];
    const play = (...args: string[]) => runTool("simulate", ["callback", ...args, "--url", url]);

    const before = await play(COMMAND, "--body", '{"From_Account":"alice"}');
    expect(before.code).toBe(1);
    expect(before.stdout).toContain(`{"CallbackCommand":"${COMMAND}","From_Account":"alice"}`);
    expect(before.stdout).toMatch(/^reply {5}HTTP 200 in \d+ ms$/m);
    expect(before.stdout).toContain("the action is refused, with the app's own code 120001");
    expect(before.stdout).toContain("protocol  allows this reply before an action\n");
    const after = await play("State.StateChange");
    expect(after.code).toBe(1);
    expect(after.stdout).toContain(
      "protocol  does not allow this reply after an action: ErrorCode 120001 is not 0 or 1",
    );

    child.kill("SIGTERM");
    expect(await ended).toBe(130);
    expect((await printed).split("\n")).toEqual([
      `${COMMAND}         not by friendgate  no RequestTime  200`,
      "State.StateChange                 not by friendgate  no RequestTime  200",
      "",
    ]);
  });

  it.for([
    [["backend", "--fail", "1.5"], "It must be a number from 0 to 1, or a status"],
    [["backend", "--fail", "200"], "It must be a number from 0 to 1, or a status"],
    [["backend", "--hang", "503"], "It must be a number from 0 to 1"],
    [["backend", "--answer", "no-such-file"], "no-such-file is neither JSON nor a file"],
    [["backend", "--answer", "{"], "this is not JSON"],
    [["callback", COMMAND, "--body", "no-such-file"], "no-such-file is neither JSON nor a file"],
  ] as const)("refuses %j", async ([args, problem], { expect }) => {
    const { code, stdout, stderr } = await runTool("simulate", args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(problem);
  });

  it("says that its port is taken", async ({ expect }) => {
    const { target } = await start();
    const { port } = new URL(target.url);
    const { code, stderr } = await runTool("simulate", ["backend", "--port", port]);
    expect(code).toBe(3);
    expect(stderr).toContain(`cannot listen at port ${port}: EADDRINUSE\n  → give another --port`);
  });
});
