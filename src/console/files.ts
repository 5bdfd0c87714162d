import { problem } from "../http/problem.ts";

/** The names of the files that are built into assets/console/. No name can lead out of it. */
const FILE = /^\/console\/((?:[\w-][\w.-]*\/)*[\w-][\w.-]*)?$/;

/** A file of the console. It holds no data, so anybody may have it. */
export async function serveFile(request: Request, assets: Fetcher): Promise<Response> {
  const { pathname, origin } = new URL(request.url);
  if (pathname === "/console") return Response.redirect(`${origin}/console/`, 308);
  if (!FILE.test(pathname)) return problem(404, "There is no such path.");
  const known = request.headers.get("If-None-Match");
  const file = await assets.fetch(`https://assets.local${pathname}`, {
    method: request.method,
    headers: known === null ? {} : { "If-None-Match": known },
    redirect: "manual",
  });
  if (file.status === 404) return problem(404, "There is no such file: is the console built?");
  const headers = new Headers(file.headers);
  // A deploy brings new files under the same names.
  headers.set("Cache-Control", "no-cache");
  return new Response(file.body, { status: file.status, headers });
}
