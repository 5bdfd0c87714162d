/**
 * `npx node tools/waf/main.ts`: turns the reply of Tencent's GetIPList into the expression of a
 * Cloudflare WAF rule that blocks everybody else. docs/security.md says how to get the one and where
 * to put the other.
 */
import { isIP } from "node:net";
import { text } from "node:stream/consumers";
import { parseArgs } from "node:util";

/** https://developers.cloudflare.com/ruleset-engine/rules-language/expressions/ */
const EXPRESSION_MAX_CHARS = 4096;

const { values } = parseArgs({
  options: {
    host: { type: "string" },
    path: { type: "string", default: "/" },
    list: { type: "string" },
  },
});

try {
  if (values.host === undefined) throw new Error("Give the host of the callback URL: --host NAME");
  const addresses = addressesOf(await text(process.stdin));
  const expression = expressionOf(values.host, values.path, values.list, addresses);
  if (expression.length > EXPRESSION_MAX_CHARS) {
    throw new Error(
      `The expression has ${expression.length} characters, and Cloudflare takes ` +
        `${EXPRESSION_MAX_CHARS}. Put the addresses into an IP list, and give its name: --list NAME`,
    );
  }
  console.log(expression);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
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
  return version !== 0 && (bits === undefined || Number(bits) <= (version === 4 ? 32 : 128));
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
