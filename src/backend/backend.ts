import type { BackendConfig } from "../config.ts";

/** A service binding to the backend, where wrangler.toml has one. */
export type BackendBinding = { BACKEND?: Fetcher };

/** Where the app's other callbacks are answered. */
export type Backend = BackendConfig & {
  fetch: (request: Request) => Promise<Response>;
  /** Whether it has an address, which could be friendgate's by mistake. A service binding has none. */
  isAddress: boolean;
};

/** Undefined if nothing is passed on. The binding wins over the address. */
export function backendOf(
  config: BackendConfig | undefined,
  { BACKEND: binding }: BackendBinding,
): Backend | undefined {
  return (
    config && {
      ...config,
      isAddress: binding === undefined,
      fetch: binding ? (request) => binding.fetch(request) : (request) => fetch(request),
    }
  );
}

/**
 * Whether a callback goes to the backend. Without patterns, the backend gets what friendgate does not
 * handle. If several patterns match, the last one counts.
 */
export function isForBackend(
  { commands }: Pick<BackendConfig, "commands">,
  command: string | undefined,
  isHandled: boolean,
): boolean {
  if (commands === undefined) return !isHandled;
  return commands.findLast(({ parts }) => isMatch(parts, command ?? ""))?.isIncluded ?? false;
}

/** A regular expression with many stars could take for ever on a long text. This looks for each part once. */
function isMatch([first = "", ...others]: readonly string[], command: string): boolean {
  const last = others.pop();
  if (last === undefined) return command === first;
  if (!command.startsWith(first)) return false;
  let at = first.length;
  for (const part of others) {
    const found = command.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at + last.length <= command.length && command.endsWith(last);
}

/** Whether the backend's address has the host and path at which friendgate itself was asked. */
export function isOwnAddress(backendUrl: string, ownUrl: string): boolean {
  const [backend, own] = [new URL(backendUrl), new URL(ownUrl)];
  return backend.host === own.host && backend.pathname === own.pathname;
}
