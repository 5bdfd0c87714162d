import type { ExpectStatic } from "vitest";
import type { Reply } from "./worker.ts";

const MEMBERS = ["ActionStatus", "ErrorCode", "ErrorInfo", "ResultItem"];

/**
 * Whether the protocol allows the reply to a callback: the four members and no other, OK with 0 or
 * FAIL with a code of the command's range, and each item with a code that lets it pass or refuses it.
 *
 * @param commands the commands that the request can be taken for
 */
export async function expectProtocol(
  expect: ExpectStatic,
  response: Response,
  commands: readonly string[],
): Promise<Reply> {
  expect(response.headers.get("Content-Type")).toBe("application/json");
  const reply = (await response.json()) as Reply;
  expect(Object.keys(reply).filter((name) => !MEMBERS.includes(name))).toEqual([]);
  expect(reply.ErrorInfo).toBeTypeOf("string");
  if (reply.ActionStatus === "OK") {
    expect(response.status).toBe(200);
    expect(reply.ErrorCode).toBe(0);
  } else {
    expect(reply.ActionStatus).toBe("FAIL");
    expect(commands.some((command) => isFailureOf(command, reply.ErrorCode))).toBe(true);
  }
  for (const item of reply.ResultItem ?? []) {
    expect(Object.keys(item)).toEqual(["To_Account", "ResultCode", "ResultInfo"]);
    expect(item.To_Account).toBeTypeOf("string");
    expect(item.ResultInfo).toBeTypeOf("string");
    expect(item.ResultCode === 0 || isRefusalCode(item.ResultCode)).toBe(true);
  }
  return reply;
}

/** 38000 to 39000 for a before-callback, 1 for any other. */
function isFailureOf(command: string, code: number): boolean {
  return /\.Callback(?:Prev|Before)/.test(command) ? isRefusalCode(code) : code === 1;
}

function isRefusalCode(code: unknown): boolean {
  return Number.isInteger(code) && Number(code) >= 38_000 && Number(code) <= 39_000;
}
