/**
 * Loaded before a tool by `node --import`: what it asks of workers.dev is answered by a Worker on this
 * machine, whose address stands in WORKERS_DEV.
 */
const { fetch } = globalThis;

globalThis.fetch = async (input, init) => {
  const url = new URL(input instanceof Request ? input.url : input);
  if (!url.hostname.endsWith(".workers.dev")) return fetch(input, init);
  return fetch(new URL(`${url.pathname}${url.search}`, process.env.WORKERS_DEV), init);
};
