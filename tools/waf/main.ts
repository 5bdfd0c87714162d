/**
 * `npx node tools/waf/main.ts`: turns the reply of Tencent's GetIPList into the expression of a Cloudflare
 * WAF rule. The rule blocks everybody else. docs/security.md says how to get the reply, and where to put the
 * expression.
 */
import { isIP } from "node:net";
import { addAbortSignal } from "node:stream";
import { text } from "node:stream/consumers";
import { parseWhole } from "../lib/arguments.ts";
import { withHelp } from "../lib/help.ts";
import { interrupted, printJson, run, ToolError, tool, UsageError, withJson } from "../lib/tool.ts";

/** https://developers.cloudflare.com/ruleset-engine/rules-language/expressions/ */
const EXPRESSION_MAX_CHARS = 4096;

const GET_THE_REPLY = "docs/security.md says how to get the reply of GetIPList";

type WafOptions = { host: string; path: string; list?: string; json?: true };

const program = withJson(
  tool({
    command: "npx node tools/waf/main.ts",
    description:
      "Makes the expression of a Cloudflare WAF rule. The rule admits the addresses of Tencent on the " +
      "callback path, and nobody else. Standard input is what Tencent's GetIPList replies with; " +
      "docs/security.md says how to get the reply, and where to put the expression.",
  }),
)
  .requiredOption("--host <name>", "the host of the callback URL")
  .option("--path <path>", "CALLBACK_PATH", "/")
  .option("--list <name>", "an IP list of the account that holds the addresses")
  .action(async ({ host, path, list, json }: WafOptions) => {
    const replies = await text(addAbortSignal(interrupted, process.stdin));
    const addresses = addressesOf(replies);
    const expression = expressionOf(host, path, list, addresses);
    if (expression.length > EXPRESSION_MAX_CHARS) {
      throw new UsageError(
        `the expression has ${expression.length} characters, and Cloudflare takes ${EXPRESSION_MAX_CHARS}`,
        "put the addresses into an IP list, and give its name: --list NAME",
      );
    }
    if (json) printJson({ expression, addresses });
    else console.log(expression);
  });

await run(
  withHelp(program, {
    examples: {
      "npx node tools/waf/main.ts --host im.example.com < ip-list.json":
        "for the host of the callback URL",
      "npx node tools/waf/main.ts --host im.example.com --list tencent_im < ip-list.json":
        "with the addresses in an IP list of the account",
    },
  }),
);

/**
 * The addresses in replies of GetIPList, each once. The input may have several replies, one after the other.
 */
function addressesOf(replies: string): string[] {
  const lists = replies
    .trim()
    .split(/(?<=\})\s*(?=\{)/)
    .map(addressesIn);
  return [...new Set(lists.flat())];
}

function addressesIn(reply: string): string[] {
  const { ErrorCode, IPList } = parsed(reply);
  if (ErrorCode !== 0)
    throw new ToolError(`GetIPList failed with ErrorCode ${ErrorCode}`, GET_THE_REPLY);
  if (!Array.isArray(IPList) || IPList.length === 0) {
    throw new ToolError(
      "the reply has no IPList: a rule made from it would block Tencent, too",
      GET_THE_REPLY,
    );
  }
  const wrong = IPList.findIndex((address) => !isAddress(address));
  if (wrong !== -1)
    throw new ToolError(`IPList[${wrong}] is neither an address nor a range`, GET_THE_REPLY);
  return IPList;
}

function parsed(reply: string): { ErrorCode?: unknown; IPList?: unknown } {
  try {
    return Object(JSON.parse(reply));
  } catch {
    throw new ToolError("stdin is not the JSON that GetIPList replies with", GET_THE_REPLY);
  }
}

/** An address, or a range of addresses as CIDR. Cloudflare takes both in a set. */
function isAddress(value: unknown): boolean {
  const [, address = "", bits] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(String(value)) ?? [];
  const version = isIP(address);
  if (version === 0) return false;
  return bits === undefined || parseWhole(bits, 0, version === 4 ? 32 : 128) !== undefined;
}

function expressionOf(
  host: string,
  path: string,
  list: string | undefined,
  addresses: string[],
): string {
  if (!/^[\w.-]+$/.test(host))
    throw new UsageError("--host is not the name of a host", "give it without https:// and path");
  if (!/^\/[\w\-./~]*$/.test(path))
    throw new UsageError(
      "--path is not a CALLBACK_PATH",
      "give it as the Worker has it, with / at its start",
    );
  if (list !== undefined && !/^[a-z0-9_]{1,50}$/.test(list)) {
    throw new UsageError(
      "--list is not the name of a list",
      "it has lower-case letters, digits and _ alone",
    );
  }
  const admitted = list === undefined ? `{${addresses.join(" ")}}` : `$${list}`;
  // A request with the host name in capitals also reaches the Worker.
  const target = `lower(http.host) eq "${host.toLowerCase()}" and http.request.uri.path eq "${path}"`;
  return `(${target} and not ip.src in ${admitted})`;
}
