import { Command, Option } from "commander";
import type { Entry } from "../../../src/blocklist/entry.ts";
import { normalizeIp, RULE_KINDS } from "../../../src/blocklist/key.ts";
import { isLimit } from "../../../src/blocklist/limit.ts";
import { parseKey } from "../../../src/blocklist/parse-key.ts";
import { parseRule } from "../../../src/blocklist/value.ts";
import { whole } from "../../lib/arguments.ts";
import { withHelp } from "../../lib/help.ts";
import type { Storage } from "../../lib/storage.ts";
import { printJson, withJson } from "../../lib/tool.ts";
import { describeStorage } from "../kv.ts";
import { rulesCount } from "../say.ts";
import { readStored } from "../stored.ts";
import { rulesTable } from "../table.ts";

type ListOptions = { kind?: string; id?: string; limit?: number; json?: true };

export function listCommand(): Command {
  return withHelp(
    withJson(
      new Command("list")
        .description("shows the rules as the Worker takes them")
        .addOption(new Option("--kind <kind>", "only these").choices(RULE_KINDS))
        .option(
          "--id <id>",
          "only what is about this account or address, in either place of a pair",
        )
        .option("--limit <number>", "so many at most", whole(1, 2 ** 31 - 1))
        .action(list),
    ),
    {
      examples: {
        "npm run blocklist -- list --id alice": "every rule about an account",
        "npm run blocklist -- list --kind ip --limit 20 --remote": "the first rules of a kind",
      },
    },
  );
}

async function list(options: ListOptions, command: Command) {
  const storage: Storage = command.optsWithGlobals();
  const { rules, total } = await readStored(
    storage,
    (key) => isChosen(key, options),
    options.limit,
  );
  const where = describeStorage(storage);
  if (options.json) return printJson({ where, total, rules: rules.map(jsonOf) });
  if (rules.length > 0) console.log(rulesTable(rules));
  console.log(
    total > rules.length
      ? `${rules.length} of ${total} rules in ${where}.`
      : `${rulesCount(rules)} in ${where}.`,
  );
}

function isChosen(key: string, { kind, id }: ListOptions): boolean {
  if (kind !== undefined && !key.startsWith(`${kind}:`)) return false;
  if (id === undefined) return true;
  const parsed = parseKey(key);
  return parsed.ok && parsed.parts.includes((parsed.kind === "ip" && normalizeIp(id)) || id);
}

function jsonOf({ key, value, expiration }: Entry) {
  const parsed = parseKey(key);
  const about = parsed.ok ? { kind: parsed.kind, ids: parsed.parts } : {};
  const rule = parseRule(value);
  return { key, ...about, value, expiration, rule, ...(isLimit(rule) && { isQuota: true }) };
}
