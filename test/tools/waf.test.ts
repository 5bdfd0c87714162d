import { spawnSync } from "node:child_process";
import { describe, it } from "vitest";

function waf(input: unknown, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["tools/waf/main.ts", "--host", "im.example.com", ...args],
    { input: typeof input === "string" ? input : JSON.stringify(input), encoding: "utf8" },
  );
  return { status, stdout: stdout.trim(), stderr: stderr.trim() };
}

// The addresses of the sample on Tencent's page.
const reply = { ActionStatus: "OK", ErrorCode: 0, IPList: ["127.0.0.2", "183.192.202.0/25"] };

describe("the expression of the WAF rule", () => {
  it("admits the addresses of GetIPList on the callback path, and nobody else", ({ expect }) => {
    expect(waf(reply)).toEqual({
      status: 0,
      stdout:
        '(lower(http.host) eq "im.example.com" and http.request.uri.path eq "/" and ' +
        "not ip.src in {127.0.0.2 183.192.202.0/25})",
      stderr: "",
    });
  });

  it("is about the configured path, and about a list", ({ expect }) => {
    expect(
      waf(reply, "--host", "IM.example.com", "--path", "/cb/7Hq2", "--list", "tencent_im").stdout,
    ).toBe(
      '(lower(http.host) eq "im.example.com" and http.request.uri.path eq "/cb/7Hq2" and ' +
        "not ip.src in $tencent_im)",
    );
  });

  it("takes several replies, and an address once", ({ expect }) => {
    const more = { ...reply, IPList: ["2001:db8::/32", "127.0.0.2"] };
    const { stdout } = waf(`${JSON.stringify(reply)}\n${JSON.stringify(more)}`);
    expect(stdout).toContain("{127.0.0.2 183.192.202.0/25 2001:db8::/32}");
  });

  it.for([
    ["no JSON", "<html>", /not the JSON/],
    ["an error of Tencent's", { ...reply, ErrorCode: 70_001 }, /ErrorCode 70001/],
    ["no addresses", { ...reply, IPList: [] }, /would block Tencent/],
    ["no list", { ActionStatus: "OK", ErrorCode: 0 }, /would block Tencent/],
    ["a name", { ...reply, IPList: ["127.0.0.2", "evil.example"] }, /IPList\[1\]/],
    ["a range that is none", { ...reply, IPList: ["127.0.0.0/33"] }, /IPList\[0\]/],
    ["a way out of the set", { ...reply, IPList: ["1.2.3.4} or true or ip.src in {"] }, /IPList/],
    [
      "more than a rule takes",
      { ...reply, IPList: Array.from({ length: 255 }, (_, index) => `192.168.100.${index}/32`) },
      /--list/,
    ],
  ] as const)("is not made from %s", ([, input, problem], { expect }) => {
    const { status, stdout, stderr } = waf(input);
    expect({ status, stdout }).toEqual({ status: problem.source === "--list" ? 2 : 3, stdout: "" });
    expect(stderr).toMatch(/^friendgate: [\s\S]*\n {2}→ /);
    expect(stderr).toMatch(problem);
  });
});
