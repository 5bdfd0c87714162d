import { ApiError, type Call, json, ok, param, type Routes } from "./http.ts";
import { release, scriptOf } from "./scripts.ts";
import { type Account, latestVersion, liveVersion } from "./state.ts";
import { withSecrets } from "./uploads.ts";

type Given = { name: string; text: string };

export function secretRoutes(account: Account): Routes {
  const base = "/accounts/:account/workers/scripts/:script";

  const change = (call: Call, secrets: Record<string, string | null>) => {
    const script = scriptOf(account, call);
    const version = latestVersion(script);
    if (version === undefined || version !== liveVersion(script)) {
      throw new ApiError(400, 10215, "The latest version of this Worker is not deployed.");
    }
    release(script, withSecrets(version, secrets));
  };

  return {
    [`GET ${base}/secrets`]: (call) =>
      ok(Object.keys(latestVersion(scriptOf(account, call))?.secrets ?? {}).map(shown)),
    [`PUT ${base}/secrets`](call) {
      const { name, text } = json<Given>(call);
      change(call, { [name]: text });
      return ok(shown(name));
    },
    [`DELETE ${base}/secrets/:name`](call) {
      const name = param(call, "name");
      const { secrets = {} } = latestVersion(scriptOf(account, call)) ?? {};
      if (!(name in secrets)) throw new ApiError(404, 10056, "Binding does not exist.");
      change(call, { [name]: null });
      return ok(null);
    },
    [`PATCH ${base}/secrets-bulk`](call) {
      const { secrets } = json<{ secrets: Record<string, Given | null> }>(call);
      const texts = Object.entries(secrets).map(([name, given]) => [name, given?.text ?? null]);
      change(call, Object.fromEntries(texts));
      return ok(Object.keys(secrets).map(shown));
    },
  };
}

function shown(name: string) {
  return { name, type: "secret_text" };
}
