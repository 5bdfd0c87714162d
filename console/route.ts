import { useEffect, useState } from "preact/hooks";

export const PAGES = ["live", "user", "blocklist", "health"] as const;
export type Page = (typeof PAGES)[number];

/** The parts of the address behind `#/`: a page, its subject, and its filters. */
export type Route = { page: Page; parts: string[]; query: Record<string, string> };

export function parseRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#?\/?/, "").split("?");
  const [page = "", ...parts] = path.split("/");
  return {
    page: PAGES.find((each) => each === page) ?? "live",
    parts: parts.map(decode),
    query: Object.fromEntries(new URLSearchParams(search)),
  };
}

export function hrefOf(
  page: Page,
  parts: readonly string[] = [],
  query: Readonly<Record<string, string>> = {},
): string {
  const path = [page, ...parts.map((part) => encodeURIComponent(part.toWellFormed()))].join("/");
  const given = Object.entries(query).filter(([, value]) => value !== "");
  const search = new URLSearchParams(given).toString();
  return `#/${path}${search === "" ? "" : `?${search}`}`;
}

export function useRoute(): Route {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const read = () => setHash(location.hash);
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  return parseRoute(hash);
}

/** Filters change the address. Still, "back" leaves the page, and does not go through each typed letter. */
export function replaceRoute(href: string): void {
  history.replaceState(null, "", href);
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
