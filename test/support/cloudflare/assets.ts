import { ApiError, type Call, formOf, json, ok, type Routes } from "./http.ts";
import type { Account } from "./state.ts";

type Manifest = Record<string, { hash: string; size: number }>;

const SESSION = "session:";
const COMPLETE = "complete:";

/**
 * Static assets go up before their Worker: a manifest says which there are, those that are not known
 * are uploaded, and a token says that nothing is missing.
 */
export function assetRoutes({ assets }: Account): Routes {
  const missingOf = (manifest: Manifest) =>
    Object.values(manifest)
      .map(({ hash }) => hash)
      .filter((hash) => !assets.has(hash));
  const tokenFor = (manifest: Manifest) =>
    (missingOf(manifest).length === 0 ? COMPLETE : SESSION) + JSON.stringify(manifest);

  return {
    "POST /accounts/:account/workers/scripts/:script/assets-upload-session"(call) {
      const { manifest } = json<{ manifest: Manifest }>(call);
      const missing = missingOf(manifest);
      return ok({ jwt: tokenFor(manifest), buckets: missing.length === 0 ? [] : [missing] });
    },
    async "POST /accounts/:account/workers/assets/upload"(call) {
      const manifest = manifestOf(call, SESSION);
      for (const [hash, part] of (await formOf(call)).entries()) {
        if (!missingOf(manifest).includes(hash)) throw new ApiError(400, 10021, "Not asked for.");
        assets.set(hash, part instanceof Blob ? await part.text() : part);
      }
      return ok({ jwt: tokenFor(manifest) });
    },
  };
}

/** What the metadata of an upload names: the files of a session in which nothing is missing. */
export function assetsOf(jwt: unknown): string[] {
  if (typeof jwt !== "string" || !jwt.startsWith(COMPLETE)) {
    throw new ApiError(400, 10021, "The assets of this Worker have not been uploaded.");
  }
  return Object.keys(JSON.parse(jwt.slice(COMPLETE.length)));
}

function manifestOf({ headers }: Call, kind: string): Manifest {
  const token = headers.get("authorization")?.replace("Bearer ", "") ?? "";
  if (!token.startsWith(kind)) throw new ApiError(403, 10000, "Authentication error");
  return JSON.parse(token.slice(kind.length));
}
