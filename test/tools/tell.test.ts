import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "vitest";
import type { Step } from "../../tools/simulate/plan.ts";
import { tell } from "../../tools/simulate/tell.ts";
import { REPLY_TIMEOUT_MS } from "../../tools/tencent/effect.ts";

const OK = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };
const FAIL = { ActionStatus: "FAIL", ErrorCode: 38002, ErrorInfo: "" };
const block = (code: number) => ({
  ...OK,
  ResultItem: [{ To_Account: "spammer", ResultCode: code, ResultInfo: "" }],
});

const accepted: Step = {
  at: 0,
  duplicate: false,
  happening: {
    answer: { responderId: "alice", applicantId: "spammer", action: "AgreeAndAdd" },
    change: {
      type: "added",
      pairs: [["alice", "spammer"]],
      initiatorId: "spammer",
      clientCmd: "friend_response",
      adminId: "",
      forced: false,
    },
  },
};

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

/** A server that gives each command a reply, perhaps late, and the commands that it has had. */
async function answering(replies: Record<string, object>, delayMs = 0) {
  const commands: string[] = [];
  server = createServer((request, response) => {
    const query = new URL(request.url ?? "", "http://callback.example").searchParams;
    const command = query.get("CallbackCommand") ?? "";
    commands.push(command);
    setTimeout(() => response.end(JSON.stringify(replies[command])), delayMs);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { commands, target: { url, appId: "1", token: "t", clientIp: "", platform: "" } };
}

const ASKS = "Sns.CallbackPrevFriendResponse";
const TELLS = "Sns.CallbackFriendAdd";

describe("an accepted friend request", () => {
  it.for([
    ["is told where the reply lets it pass", block(0), OK, [ASKS, TELLS], "told"],
    ["is not told where the reply blocks it", block(38_000), OK, [ASKS], "blocked"],
    ["is told where the code is out of range", block(1), OK, [ASKS, TELLS], "told"],
    ["is told where the reply failed", FAIL, OK, [ASKS, TELLS], "told"],
    ["is unsure where the change failed", block(0), FAIL, [ASKS, TELLS], "unsure"],
  ] as const)("%s", async ([, asked, told, commands, outcome], { expect }) => {
    const tencent = await answering({ [ASKS]: asked, [TELLS]: told });
    expect(await tell(tencent.target, accepted, () => {})).toBe(outcome);
    expect(tencent.commands).toEqual(commands);
  });

  it("is not asked about twice", async ({ expect }) => {
    const tencent = await answering({ [TELLS]: OK });
    expect(await tell(tencent.target, { ...accepted, duplicate: true }, () => {})).toBe("told");
    expect(tencent.commands).toEqual([TELLS]);
  });

  it("passes when the answer that blocks it is late, and a late OK is known", async ({
    expect,
  }) => {
    const tencent = await answering({ [ASKS]: block(38_000), [TELLS]: OK }, REPLY_TIMEOUT_MS + 50);
    const outcomes: string[] = [];
    const outcome = await tell(tencent.target, accepted, ({ effect }) => {
      outcomes.push(effect.outcome);
    });
    expect(outcome).toBe("told");
    expect(outcomes).toEqual(["failed", "failed"]);
  });
});
