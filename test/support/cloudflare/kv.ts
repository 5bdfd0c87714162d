import { ApiError, type Call, formOf, json, ok, page, param, type Routes } from "./http.ts";
import { type Account, hexId, type KvValue, type Namespace } from "./state.ts";

type Pair = {
  key: string;
  value: string;
  base64?: boolean;
  expiration?: number;
  expiration_ttl?: number;
  metadata?: unknown;
};

export function kvRoutes({ namespaces }: Account): Routes {
  const base = "/accounts/:account/storage/kv/namespaces";

  const found = (call: Call): Namespace => {
    const namespace = namespaces.find(({ id }) => id === param(call, "id"));
    if (namespace === undefined) throw new ApiError(404, 10013, "namespace not found");
    return namespace;
  };

  return {
    [`GET ${base}`]: (call) =>
      page(
        namespaces.map(shown).sort((a, b) => (a.title < b.title ? -1 : 1)),
        call,
      ),
    [`POST ${base}`](call) {
      const { title } = json<{ title: string }>(call);
      if (namespaces.some((namespace) => namespace.title === title)) {
        throw new ApiError(400, 10014, "a namespace with this account ID and title already exists");
      }
      const namespace = { id: hexId(), title, values: new Map() };
      namespaces.push(namespace);
      return ok(shown(namespace));
    },
    [`GET ${base}/:id`]: (call) => ok(shown(found(call))),
    [`GET ${base}/:id/keys`]: (call) => keys(found(call), call),
    async [`PUT ${base}/:id/values/:key`](call) {
      const { values } = found(call);
      values.set(param(call, "key"), await entryIn(call));
      return ok(null);
    },
    [`GET ${base}/:id/values/:key`](call) {
      const entry = found(call).values.get(param(call, "key"));
      if (entry === undefined) throw new ApiError(404, 10009, "get: 'key not found'");
      return { plain: { status: 200, body: entry.value } };
    },
    [`DELETE ${base}/:id/values/:key`](call) {
      found(call).values.delete(param(call, "key"));
      return ok(null);
    },
    [`PUT ${base}/:id/bulk`](call) {
      const { values } = found(call);
      const pairs = json<Pair[]>(call);
      for (const pair of pairs) values.set(pair.key, entryOf(pair));
      return ok({ successful_key_count: pairs.length, unsuccessful_keys: [] });
    },
    [`DELETE ${base}/:id/bulk`](call) {
      const { values } = found(call);
      const names = json<string[]>(call);
      for (const name of names) values.delete(name);
      return ok({ successful_key_count: names.length, unsuccessful_keys: [] });
    },
    [`POST ${base}/:id/bulk/get`](call) {
      const { values } = found(call);
      const { keys: names } = json<{ keys: string[] }>(call);
      if (names.length > BULK_GET_MOST)
        throw new ApiError(400, 10061, "too many keys: at most 100");
      const texts = names.map((name) => [name, values.get(name)?.value.toString("utf8") ?? null]);
      return ok({ values: Object.fromEntries(texts) });
    },
  };
}

const BULK_GET_MOST = 100;
/** Names on one page of a list. */
const KEYS_MOST = 1000;

function shown({ id, title }: Namespace) {
  return { id, title, supports_url_encoding: true };
}

function keys({ values }: Namespace, { query }: Call) {
  const prefix = query.get("prefix") ?? "";
  const after = query.get("cursor") ?? "";
  const rest = [...values.entries()]
    .filter(([name]) => name.startsWith(prefix) && (after === "" || name > after))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const part = rest.slice(0, KEYS_MOST);
  const cursor = rest.length > KEYS_MOST ? part.at(-1)?.[0] : "";
  const result = part.map(([name, { expiration, metadata }]) => ({ name, expiration, metadata }));
  return ok(result, { count: part.length, cursor });
}

async function entryIn(call: Call): Promise<KvValue> {
  const number = (name: string) => Number(call.query.get(name) ?? 0) || undefined;
  const expiry = {
    ...defined("expiration", number("expiration")),
    ...defined("expiration_ttl", number("expiration_ttl")),
  };
  if (!call.headers.get("content-type")?.startsWith("multipart/form-data")) {
    return { ...entryOf({ key: "", value: "", ...expiry }), value: call.body };
  }
  const form = await formOf(call);
  const value = form.get("value");
  const text = value instanceof Blob ? await value.text() : (value ?? "");
  const metadata = JSON.parse(String(form.get("metadata") ?? "null"));
  return entryOf({ key: "", value: text, metadata, ...expiry });
}

function entryOf({ value, base64, expiration, expiration_ttl: ttl, metadata }: Pair): KvValue {
  const until = ttl === undefined ? expiration : Math.floor(Date.now() / 1000) + ttl;
  return {
    value: Buffer.from(value, base64 ? "base64" : "utf8"),
    ...defined("expiration", until),
    ...defined("metadata", metadata ?? undefined),
  };
}

function defined<K extends string, V>(name: K, value: V | undefined): { [name in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { [name in K]: V });
}
