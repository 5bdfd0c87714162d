import { stripVTControlCharacters } from "node:util";
import { deadLetterQueuesOf } from "../lib/config.ts";
import { boundDatabases } from "../lib/databases.ts";
import { callWrangler, failureOf, tryWrangler } from "./call-wrangler.ts";
import { type Deployment, type Done, does } from "./deployment.ts";
import { databaseNames } from "./login.ts";

const THERE = "already there";

/** 14 days, the maximum. This is longer than the consumer of dead letters tries (wrangler.toml). */
const DEAD_LETTER_SECONDS = "1209600";

/**
 * The namespace of the blocklist. The Worker keeps its own, under any name: another one would be an
 * empty blocklist.
 */
export async function findNamespace(deployment: Deployment): Promise<Done> {
  const [namespace] = deployment.config.kv_namespaces;
  if (namespace === undefined || namespace.id !== undefined) return { did: `${THERE} (by its id)` };
  if (deployment.worker.exists && (await isBound(deployment, namespace.binding))) {
    return { did: `${THERE} (the Worker's own)` };
  }
  // The name that wrangler would give it.
  const title = `${deployment.config.name}-${namespace.binding.toLowerCase()}`;
  const listed = async () => {
    const printed = await callWrangler(deployment, ["kv", "namespace", "list"]);
    const all: { id: string; title: string }[] = JSON.parse(printed.slice(printed.indexOf("[")));
    return all.find((each) => each.title === title)?.id;
  };
  const id = await listed();
  if (id !== undefined) {
    namespace.id = id;
    return { did: `${title}: ${THERE}` };
  }
  return does(deployment, `${title}: created`, `${title}: would be created`, async () => {
    await callWrangler(deployment, ["kv", "namespace", "create", title]);
    namespace.id = (await listed()) ?? "";
  });
}

/** Whether the Worker has the binding. wrangler finds it in its settings. No rule begins like the prefix. */
async function isBound(deployment: Deployment, binding: string): Promise<boolean> {
  const args = ["kv", "key", "list", "--binding", binding, "--remote", "--prefix", "none:"];
  const listed = await tryWrangler(deployment, args);
  if (listed.ok) return true;
  if (/^No KV namespace ID found for binding/.test(listed.words)) return false;
  throw failureOf(args, listed.words, deployment);
}

/** Each is found by its name, unless the team has given its id. */
export async function findDatabases(deployment: Deployment): Promise<Done> {
  const databases = boundDatabases(deployment.config);
  const names = databases.some(({ database_id: id }) => id === undefined)
    ? await databaseNames(deployment)
    : [];
  const done: Done[] = [];
  for (const { database_name: name, database_id: id } of databases) {
    if (id !== undefined) done.push({ did: `${name}: ${THERE} (by its id)` });
    else if (names.includes(name)) done.push({ did: `${name}: ${THERE}` });
    else {
      const create = () => callWrangler(deployment, ["d1", "create", name]);
      done.push(await does(deployment, `${name}: created`, `${name}: would be created`, create));
    }
  }
  return { did: done.map(({ did }) => did).join(", ") };
}

/** The dead letter queues come first, because the others name them. */
export async function findQueues(deployment: Deployment): Promise<Done> {
  const deadLetters = deadLetterQueuesOf(deployment.config);
  const names = [...deadLetters, ...deployment.config.queues.producers.map(({ queue }) => queue)];
  const there = await queuesThere(deployment, names);
  const done: Done[] = [];
  for (const name of names) {
    done.push(
      there.has(name)
        ? { did: `${name}: ${THERE}` }
        : await createQueue(deployment, name, deadLetters.includes(name)),
    );
  }
  const warnings = done.flatMap((each) => each.warning ?? []);
  return {
    did: done.map(({ did }) => did).join(", "),
    ...(warnings.length > 0 && { warning: warnings.join("; ") }),
  };
}

/**
 * Those of the queues that the account has. wrangler lists the first page. If that page has no queue,
 * or all of these, no other process of wrangler is needed.
 */
async function queuesThere(deployment: Deployment, names: string[]): Promise<Set<string>> {
  const printed = stripVTControlCharacters(await callWrangler(deployment, ["queues", "list"]));
  const rows = printed.split("\n").filter((line) => line.startsWith("│"));
  const listed = new Set(rows.map((row) => row.split("│")[2]?.trim()));
  const asked = rows.length === 0 ? [] : names.filter((name) => !listed.has(name));
  const answers = await Promise.all(asked.map((name) => isQueue(deployment, name)));
  const found = asked.filter((_, index) => answers[index]);
  return new Set([...names.filter((name) => listed.has(name)), ...found]);
}

async function isQueue(deployment: Deployment, name: string): Promise<boolean> {
  const args = ["queues", "info", name];
  const info = await tryWrangler(deployment, args);
  if (info.ok) return true;
  if (/^Queue ".*" does not exist/.test(info.words)) return false;
  throw failureOf(args, info.words, deployment);
}

async function createQueue(
  deployment: Deployment,
  name: string,
  isForDeadLetters: boolean,
): Promise<Done> {
  if (deployment.isDryRun) return { did: `${name}: would be created` };
  const args = ["queues", "create", name];
  if (!isForDeadLetters) {
    await callWrangler(deployment, args);
    return { did: `${name}: created` };
  }
  const created = await tryWrangler(deployment, [
    ...args,
    ...["--message-retention-period-secs", DEAD_LETTER_SECONDS],
  ]);
  if (created.ok) return { did: `${name}: created, keeps messages for 14 days` };
  // If something else was wrong, this call fails, too.
  await callWrangler(deployment, args);
  return {
    did: `${name}: created`,
    warning:
      `${name} keeps messages for the plan's default time, not for 14 days (${created.words}). ` +
      "A longer outage of D1 can lose dead letters: docs/operations.md, Dead letters",
  };
}

/** Runs before the upload of the code: the new code needs the new tables, in every database. */
export async function applyMigrations(deployment: Deployment): Promise<Done> {
  if (deployment.isDryRun) return { did: "those that are missing would be applied" };
  const databases = boundDatabases(deployment.config);
  const did: string[] = [];
  for (const { binding } of databases) {
    const args = ["d1", "migrations", "apply", binding, "--remote"];
    const printed = stripVTControlCharacters(await callWrangler(deployment, args));
    const applied = printed.match(/\b\d{4}_\w+\.sql(?= *│ *✅)/g) ?? [];
    const what = applied.length === 0 ? THERE : `applied ${[...new Set(applied)].join(", ")}`;
    did.push(databases.length === 1 ? what : `${binding}: ${what}`);
  }
  return { did: did.join("; ") };
}
