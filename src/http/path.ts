/**
 * The path of a URL as it was sent. Hono's is decoded, and a firewall's rule about a path may not be:
 * /%63b would go past a rule about /cb.
 */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}
