import Fastify from "fastify";
import type { Contender } from "./contender.ts";
import { createHandler } from "./handler.ts";
import { createStore } from "./store.ts";

export async function createContender(): Promise<Contender> {
  const db = createStore();
  const handle = createHandler(db);
  const app = Fastify();
  app.post("/", async (request) => handle(request.query, request.body));
  await app.ready();
  const count = db.prepare("SELECT count(*) AS count FROM friends");
  return {
    async answer({ path, body }) {
      const headers = { "content-type": "application/json" };
      return (await app.inject({ method: "POST", url: path, headers, payload: body })).payload;
    },
    async between() {},
    async settle() {},
    stored: () => Number(count.get()?.count),
  };
}
