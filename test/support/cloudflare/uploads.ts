import { randomUUID } from "node:crypto";
import { assetsOf } from "./assets.ts";
import { ApiError, type Call, formOf } from "./http.ts";
import {
  type Account,
  type Binding,
  latestVersion,
  type Metadata,
  now,
  type Script,
  type Version,
} from "./state.ts";

/** Reads an upload, and refuses what Cloudflare would refuse. */
export async function versionOf(call: Call, account: Account, script?: Script): Promise<Version> {
  const form = await formOf(call);
  const metadata: Metadata = JSON.parse(await textOf(form.get("metadata")));
  const modules: Record<string, string> = {};
  for (const [name, part] of form.entries()) {
    if (name !== "metadata") modules[name] = await textOf(part);
  }
  if (metadata.main_module === undefined || modules[metadata.main_module] === undefined) {
    throw new ApiError(400, 10021, `No such module "${metadata.main_module}".`);
  }
  const before = script === undefined ? undefined : latestVersion(script);
  const strict = call.query.get("bindings_inherit") === "strict";
  const version: Version = {
    id: randomUUID(),
    created_on: now(),
    metadata,
    bindings: [],
    secrets: {},
    modules,
    assets: metadata.assets === undefined ? [] : assetsOf(metadata.assets.jwt),
  };
  for (const binding of metadata.bindings) add(binding, version, { account, before, strict });
  keep(version, before);
  return version;
}

/** Another version of the same code, with its secrets changed: null takes one away. */
export function withSecrets(version: Version, secrets: Record<string, string | null>): Version {
  const changed = Object.entries({ ...version.secrets, ...secrets });
  const kept = changed.filter((entry): entry is [string, string] => entry[1] !== null);
  return { ...version, id: randomUUID(), created_on: now(), secrets: Object.fromEntries(kept) };
}

type Place = { account: Account; before: Version | undefined; strict: boolean };

function add(binding: Binding, version: Version, { account, before, strict }: Place): void {
  const { name, type } = binding;
  if (type === "secret_text") {
    version.secrets[name] = String(binding.text);
    return;
  }
  if (type !== "inherit") {
    check(binding, account);
    version.bindings.push(binding);
    return;
  }
  const inherited = before?.bindings.find((candidate) => candidate.name === name);
  const secret = before?.secrets[name];
  if (inherited !== undefined) version.bindings.push(inherited);
  else if (secret !== undefined) version.secrets[name] = secret;
  else if (strict) {
    const reason = "there is no binding of this name in the previous version";
    throw new ApiError(400, 10057, `inherit binding '${name}' is invalid: ${reason}`);
  }
}

/** A deploy never takes a secret away; what else is kept, the upload says. */
function keep(version: Version, before: Version | undefined): void {
  if (before === undefined) return;
  const types = version.metadata.keep_bindings ?? [];
  const taken = new Set(version.metadata.bindings.map(({ name }) => name));
  for (const [name, value] of Object.entries(before.secrets)) {
    if (!taken.has(name)) version.secrets[name] = value;
  }
  for (const binding of before.bindings) {
    if (!taken.has(binding.name) && types.includes(binding.type)) version.bindings.push(binding);
  }
}

/** Refuses a binding to what was not created, and a type that the double does not know. */
function check(binding: Binding, { namespaces, databases, queues, scripts }: Account): void {
  const { name, type, namespace_id, id, queue_name, service } = binding;
  switch (type) {
    case "plain_text":
    case "json":
    case "analytics_engine":
    case "version_metadata":
    case "ratelimit":
    case "assets":
      return;
    case "kv_namespace":
      if (!/^[0-9a-f]{32}$/.test(String(namespace_id))) {
        throw new ApiError(400, 10042, `KV namespace '${namespace_id}' is not valid.`);
      }
      if (namespaces.some((namespace) => namespace.id === namespace_id)) return;
      throw new ApiError(400, 10041, `KV namespace '${namespace_id}' not found.`);
    case "d1":
      if (databases.some(({ uuid }) => uuid === id)) return;
      throw new ApiError(
        400,
        10181,
        `D1 binding '${name}' references database '${id}' which was not found.`,
      );
    case "queue":
      if (queues.some((queue) => queue.queue_name === queue_name)) return;
      throw new ApiError(400, 11000, `Queue '${queue_name}' not found.`);
    case "service":
      if (scripts.has(String(service))) return;
      throw new ApiError(400, 10143, `Service binding '${name}': no Worker '${service}'.`);
    default:
      throw new ApiError(400, 10021, `The double knows no binding of type '${type}'.`);
  }
}

async function textOf(part: FormDataEntryValue | null): Promise<string> {
  return part instanceof Blob ? part.text() : (part ?? "");
}
