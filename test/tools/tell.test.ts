import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "vitest";
import type { Step } from "../../tools/simulate/plan.ts";
import { tell } from "../../tools/simulate/tell.ts";
import { REPLY_TIMEOUT_MS } from "../../tools/tencent/effect.ts";

const OK = { ActionStatus: "OK", ErrorCode: 0, ErrorInfo: "" };
const FAIL = { ActionStatus: "FAIL", ErrorCode: 38002, ErrorInfo: "" };
const block = (code: number, account = "spammer") => ({
  ...OK,
  ResultItem: [{ To_Account: account, ResultCode: code, ResultInfo: "" }],
});

const accepted: Step = {
  at: 0,
  duplicate: false,
  happening: {
    questions: [
      { type: "request", applicantId: "spammer", responderIds: ["alice"] },
      { type: "response", responderId: "alice", applicantId: "spammer", action: "AgreeAndAdd" },
    ],
    changes: [
      {
        table: "friends",
        type: "added",
        pairs: [["alice", "spammer"]],
        initiatorId: "spammer",
        clientCmd: "friend_response",
        adminId: "",
        forced: false,
      },
    ],
  },
};

const blacklisted: Step = {
  at: 0,
  duplicate: false,
  happening: {
    questions: [],
    changes: [
      { table: "friends", type: "deleted", pairs: [["alice", "spammer"]], old: false },
      { table: "blacklist", type: "added", pairs: [["alice", "spammer"]] },
    ],
  },
};

/** What the steps' answers said, with nobody listening to the rest. */
function listening() {
  const heard = { codes: [] as (number | undefined)[], outcomes: [] as string[] };
  return {
    heard,
    listener: {
      onPlayed: ({ effect }: { effect: { outcome: string } }) =>
        heard.outcomes.push(effect.outcome),
      onAnswered: (verdicts: readonly { code: number | undefined }[]) =>
        heard.codes.push(...verdicts.map(({ code }) => code)),
    },
  };
}

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

const REQUESTS = "Sns.CallbackPrevFriendAdd";
const ASKS = "Sns.CallbackPrevFriendResponse";
const TELLS = "Sns.CallbackFriendAdd";
const PASS = block(0, "alice");
const REFUSED = block(38_000, "alice");

describe("an accepted friend request", () => {
  it.for([
    [
      "is told where the replies let it pass",
      PASS,
      block(0),
      OK,
      [REQUESTS, ASKS, TELLS],
      "told",
      [0, 0],
    ],
    [
      "is not even answered where the request is blocked",
      REFUSED,
      block(0),
      OK,
      [REQUESTS],
      "blocked",
      [38_000],
    ],
    [
      "is not told where the reply blocks it",
      PASS,
      block(38_000),
      OK,
      [REQUESTS, ASKS],
      "blocked",
      [0, 38_000],
    ],
    [
      "is told where the code is out of range",
      PASS,
      block(1),
      OK,
      [REQUESTS, ASKS, TELLS],
      "told",
      [0, 0],
    ],
    [
      "is told where the replies failed",
      FAIL,
      FAIL,
      OK,
      [REQUESTS, ASKS, TELLS],
      "told",
      [undefined, undefined],
    ],
    [
      "is unsure where the change failed",
      PASS,
      block(0),
      FAIL,
      [REQUESTS, ASKS, TELLS],
      "unsure",
      [0, 0],
    ],
  ] as const)("%s", async ([, requested, asked, told, commands, outcome, codes], { expect }) => {
    const tencent = await answering({ [REQUESTS]: requested, [ASKS]: asked, [TELLS]: told });
    const { heard, listener } = listening();
    expect(await tell(tencent.target, accepted, listener)).toBe(outcome);
    expect(tencent.commands).toEqual(commands);
    expect(heard.codes).toEqual(codes);
  });

  it("is not asked about twice", async ({ expect }) => {
    const tencent = await answering({ [TELLS]: OK });
    const { heard, listener } = listening();
    expect(await tell(tencent.target, { ...accepted, duplicate: true }, listener)).toBe("told");
    expect(tencent.commands).toEqual([TELLS]);
    expect(heard.codes).toEqual([]);
  });

  it("passes when the answer that blocks it is late, and a late OK is known", async ({
    expect,
  }) => {
    const { questions, ...others } = accepted.happening;
    const added = { ...accepted, happening: { ...others, questions: questions.slice(0, 1) } };
    const replies = { [REQUESTS]: REFUSED, [TELLS]: OK };
    const tencent = await answering(replies, REPLY_TIMEOUT_MS + 50);
    const { heard, listener } = listening();
    expect(await tell(tencent.target, added, listener)).toBe("told");
    expect(heard).toEqual({ codes: [undefined], outcomes: ["failed", "failed"] });
  });
});

describe("a user that is blacklisted", () => {
  const DELETES = "Sns.CallbackFriendDelete";
  const BLACKLISTS = "Sns.CallbackBlackListAdd";

  it.for([
    ["is told of twice", OK, OK, "told"],
    ["is unsure where the first callback failed, and the second is sent", FAIL, OK, "unsure"],
    ["is unsure where the second failed", OK, FAIL, "unsure"],
  ] as const)("%s", async ([, deleted, added, outcome], { expect }) => {
    const tencent = await answering({ [DELETES]: deleted, [BLACKLISTS]: added });
    expect(await tell(tencent.target, blacklisted, listening().listener)).toBe(outcome);
    expect(tencent.commands).toEqual([DELETES, BLACKLISTS]);
  });
});
