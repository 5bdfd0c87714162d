import express from "express";
import inject from "light-my-request";
import type { Contender } from "./contender.ts";
import { createHandler } from "./handler.ts";
import { createStore } from "./store.ts";

export async function createContender(): Promise<Contender> {
  const db = createStore();
  const handle = createHandler(db);
  const app = express();
  app.use(express.json());
  app.post("/", (request, response) => {
    response.json(handle(request.query, request.body));
  });
  const count = db.prepare("SELECT count(*) AS count FROM friends");
  return {
    async answer({ path, body }) {
      const headers = { "content-type": "application/json" };
      const options = { method: "POST", url: path, headers, payload: body } as const;
      return (await inject(app, options)).payload;
    },
    async between() {},
    async settle() {},
    stored: () => Number(count.get()?.count),
  };
}
