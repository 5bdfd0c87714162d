/** The tools take numbers, types and rules from src/, which is written for the Workers runtime. */
interface SubtleCrypto {
  timingSafeEqual(a: ArrayBuffer | ArrayBufferView, b: ArrayBuffer | ArrayBufferView): boolean;
}

type KVNamespace = import("@cloudflare/workers-types").KVNamespace;
type D1Database = import("@cloudflare/workers-types").D1Database;
type D1PreparedStatement = import("@cloudflare/workers-types").D1PreparedStatement;
/** Its Request is not that of Node.js. */
interface Fetcher {
  fetch(request: Request): Promise<Response>;
}
