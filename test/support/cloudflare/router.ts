import type { Handler, Routes } from "./http.ts";

type Found = { handler: Handler; params: Record<string, string> };

/** Finds what answers a method and a path, and the names that stand in the path. */
export function router(routes: Routes): (method: string, path: string) => Found | undefined {
  const compiled = Object.entries(routes).map(([route, handler]) => {
    const [method, pattern = ""] = route.split(" ");
    return { method, segments: pattern.split("/"), handler };
  });
  return (method, path) => {
    const given = path.split("/");
    for (const { method: wanted, segments, handler } of compiled) {
      if (wanted !== method || segments.length !== given.length) continue;
      const params = paramsOf(segments, given);
      if (params !== undefined) return { handler, params };
    }
    return undefined;
  };
}

function paramsOf(segments: readonly string[], given: readonly string[]) {
  const params: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const text = given[index] ?? "";
    if (segment.startsWith(":")) params[segment.slice(1)] = decodeURIComponent(text);
    else if (segment !== text) return undefined;
  }
  return params;
}
