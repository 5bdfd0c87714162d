/**
 * The path of a URL as it was sent. Hono decodes the path, and a firewall's rule may not decode it. Then
 * /%63b would go past a rule about /cb.
 */
export function pathOf(url: string): string {
  const start = url.indexOf("/", url.indexOf("://") + 3);
  const end = url.indexOf("?", start);
  return end === -1 ? url.slice(start) : url.slice(start, end);
}
