import { randomUUID } from "node:crypto";
import { ApiError, type Call, json, ok, param, type Routes } from "./http.ts";
import {
  type Account,
  hexId,
  latestVersion,
  liveVersion,
  now,
  type Script,
  type Version,
} from "./state.ts";
import { versionOf } from "./uploads.ts";

const BASE = "/accounts/:account/workers/scripts/:script";

/** Finds the Worker of a call, or says what Cloudflare says of one that is not there. */
export function scriptOf({ scripts }: Account, call: Call): Script {
  const script = scripts.get(param(call, "script"));
  if (script !== undefined) return script;
  throw new ApiError(404, 10007, "This Worker does not exist on your account.");
}

/** Adds a version, and lets it run. */
export function release(script: Script, version: Version): void {
  script.versions.push(version);
  script.deployments.push({ id: randomUUID(), created_on: now(), version_id: version.id });
}

export function scriptRoutes(account: Account): Routes {
  const { scripts } = account;
  const found = (call: Call) => scriptOf(account, call);

  return {
    "GET /accounts/:account/workers/services/:script"(call) {
      const { tag, settings, lastDeployedFrom, name } = found(call);
      const script = {
        id: name,
        tag,
        tags: settings.tags ?? [],
        last_deployed_from: lastDeployedFrom,
      };
      const environment = { environment: "production", script };
      return ok({ id: name, default_environment: environment, environments: [environment] });
    },
    "DELETE /accounts/:account/workers/services/:script"(call) {
      scripts.delete(found(call).name);
      return ok(null);
    },
    // A first upload, and secret put for a Worker that is not there yet. It runs at once.
    async [`PUT ${BASE}`](call) {
      const name = param(call, "script");
      const known = scripts.get(name);
      const version = await versionOf(call, account, known);
      const script = known ?? newScript(name);
      scripts.set(name, script);
      release(script, version);
      const { observability, logpush, tail_consumers } = version.metadata;
      Object.assign(script.settings, { observability, logpush, tail_consumers });
      mark(script, call);
      return ok({ id: name, ...uploaded(version), deployment_id: version.id.replaceAll("-", "") });
    },
    // Every later upload: it waits for a deployment.
    async [`POST ${BASE}/versions`](call) {
      const script = found(call);
      const version = await versionOf(call, account, script);
      script.versions.push(version);
      mark(script, call);
      const resources = { script: { etag: version.id } };
      return ok({ ...shown(version), ...uploaded(version), resources });
    },
    [`GET ${BASE}/versions`]: (call) => ok({ items: found(call).versions.toReversed().map(shown) }),
    [`GET ${BASE}/versions/:version`](call) {
      const version = found(call).versions.find(({ id }) => id === param(call, "version"));
      if (version === undefined) throw new ApiError(404, 10186, "Version not found");
      return ok(shown(version));
    },
    [`GET ${BASE}/deployments`]: (call) =>
      ok({
        deployments: found(call)
          .deployments.toReversed()
          .map(({ version_id, ...deployment }) => ({
            ...deployment,
            strategy: "percentage",
            versions: [{ version_id, percentage: 100 }],
          })),
      }),
    [`POST ${BASE}/deployments`](call) {
      const script = found(call);
      const { versions } = json<{ versions: { version_id: string; percentage: number }[] }>(call);
      const [only, ...others] = versions;
      if (others.length > 0) throw new ApiError(400, 10021, "The double deploys one version.");
      const version = script.versions.find(({ id }) => id === only?.version_id);
      if (version === undefined) throw new ApiError(404, 10186, "Version not found");
      const deployment = { id: randomUUID(), created_on: now(), version_id: version.id };
      script.deployments.push(deployment);
      return ok(deployment);
    },
    [`GET ${BASE}/settings`](call) {
      const script = found(call);
      const { bindings = [], secrets = {}, metadata } = latestVersion(script) ?? {};
      const hidden = Object.keys(secrets).map((name) => ({ name, type: "secret_text" }));
      const { compatibility_date } = metadata ?? {};
      return ok({ bindings: [...bindings, ...hidden], compatibility_date, ...script.settings });
    },
    [`GET ${BASE}/script-settings`]: (call) => ok(found(call).settings),
    [`PATCH ${BASE}/script-settings`]: (call) =>
      ok(Object.assign(found(call).settings, json<object>(call))),
    [`GET ${BASE}/subdomain`]: (call) => ok(found(call).subdomain),
    [`POST ${BASE}/subdomain`](call) {
      const { subdomain } = found(call);
      const { enabled, previews_enabled = enabled } = json<Script["subdomain"]>(call);
      if (enabled && account.subdomain === null) {
        throw new ApiError(400, 10063, "You need a workers.dev subdomain in order to proceed.");
      }
      return ok(Object.assign(subdomain, { enabled, previews_enabled }));
    },
    [`GET ${BASE}/schedules`]: (call) => ok({ schedules: found(call).schedules.map(asCron) }),
    [`PUT ${BASE}/schedules`](call) {
      const script = found(call);
      script.schedules = json<{ cron: string }[]>(call).map(({ cron }) => cron);
      return ok({ schedules: script.schedules.map(asCron) });
    },
  };
}

function newScript(name: string): Script {
  return {
    name,
    tag: hexId(),
    lastDeployedFrom: "api",
    versions: [],
    deployments: [],
    schedules: [],
    subdomain: { enabled: false, previews_enabled: false },
    settings: {},
  };
}

/** Wrangler warns, and asks, before it writes over what another program uploaded. */
function mark(script: Script, { headers }: Call): void {
  const wrangler = headers.get("user-agent")?.startsWith("wrangler/") ?? false;
  script.lastDeployedFrom = wrangler ? "wrangler" : "api";
}

function uploaded({ id }: Version) {
  return { etag: id, startup_time_ms: 7, pipeline_hash: null };
}

function shown({ id, created_on, metadata }: Version) {
  return { id, metadata: { created_on }, annotations: metadata.annotations ?? {} };
}

function asCron(cron: string) {
  return { cron };
}

/** What runs: its metadata as uploaded, bindings, modules and secrets. */
export function running(account: Account, name: string) {
  const script = account.scripts.get(name);
  const version = script === undefined ? undefined : liveVersion(script);
  if (script === undefined || version === undefined) throw new Error(`no Worker ${name} runs`);
  return { ...version, script };
}
