/**
 * `npx node tools/waf/main.ts`: turns the reply of Tencent's GetIPList into the expression of a
 * Cloudflare WAF rule that blocks everybody else. docs/security.md says how to get the one and where
 * to put the other.
 */
import { isIP } from "node:net";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { parseWhole } from "../lib/arguments.ts";
import { errorText } from "../lib/terminal.ts";

/** https://developers.cloudflare.com/ruleset-engine/rules-language/expressions/ */
const EXPRESSION_MAX_CHARS = 4096;

const { host, path, list } = new Command("npx node tools/waf/main.ts")
  .description(
    "Makes the expression of a Cloudflare WAF rule. The rule admits the addresses of Tencent on the " +
      "callback path, and nobody else. Standard input is what Tencent's GetIPList replies with.",
  )
  .requiredOption("--host <name>", "the host of the callback URL")
  .option("--path <path>", "CALLBACK_PATH", "/")
  .option("--list <name>", "an IP list of the account that holds the addresses")
  .addHelpText(
    "after",
    `
Example:
  npx node tools/waf/main.ts --host im.example.com < ip-list.json
docs/security.md says how to get the reply, and where to put the expression.`,
  )
  .parse()
  .opts<{ host: string; path: string; list?: string }>();

try {
  const addresses = addressesOf(await text(process.stdin));
  const expression = expressionOf(host, path, list, addresses);
  if (expression.length > EXPRESSION_MAX_CHARS) {
    throw new Error(
      `The expression has ${expression.length} characters, and Cloudflare takes ` +
        `${EXPRESSION_MAX_CHARS}. Put the addresses into an IP list, and give its name: --list NAME`,
    );
  }
  console.log(expression);
} catch (error) {
  console.error(errorText(error));
  process.exitCode = 1;
}

/** The addresses in replies of GetIPList, each once: several replies may follow one another. */
function addressesOf(replies: string): string[] {
  const lists = replies
    .trim()
    .split(/(?<=\})\s*(?=\{)/)
    .map(addressesIn);
  return [...new Set(lists.flat())];
}

function addressesIn(reply: string): string[] {
  const { ErrorCode, IPList } = parsed(reply);
  if (ErrorCode !== 0) throw new Error(`GetIPList failed with ErrorCode ${ErrorCode}`);
  if (!Array.isArray(IPList) || IPList.length === 0) {
    throw new Error("The reply has no IPList: a rule made from it would block Tencent, too");
  }
  const wrong = IPList.findIndex((address) => !isAddress(address));
  if (wrong !== -1) throw new Error(`IPList[${wrong}] is neither an address nor a range`);
  return IPList;
}

function parsed(reply: string): { ErrorCode?: unknown; IPList?: unknown } {
  try {
    return Object(JSON.parse(reply));
  } catch {
    throw new Error("Stdin is not the JSON that GetIPList replies with");
  }
}

/** An address, or a range of them as CIDR: what Cloudflare takes in a set. */
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
  if (!/^[\w.-]+$/.test(host)) throw new Error("--host is not the name of a host");
  if (!/^\/[\w\-./~]*$/.test(path)) throw new Error("--path is not a CALLBACK_PATH");
  if (list !== undefined && !/^[a-z0-9_]{1,50}$/.test(list)) {
    throw new Error("--list is not the name of a list: lower-case letters, digits and _");
  }
  const admitted = list === undefined ? `{${addresses.join(" ")}}` : `$${list}`;
  // A host name in capitals reaches the Worker, too.
  const target = `lower(http.host) eq "${host.toLowerCase()}" and http.request.uri.path eq "${path}"`;
  return `(${target} and not ip.src in ${admitted})`;
}
