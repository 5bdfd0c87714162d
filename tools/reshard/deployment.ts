import {
  type MovedSlice,
  movedSlice,
  type Shards,
  shards as shardsAnswer,
} from "../../src/api/answers.ts";
import { ask, type DeploymentOptions, detailIn } from "../lib/ask.ts";
import { ToolError } from "../lib/tool.ts";
import type { How, Part } from "./parts.ts";

export type Deployment = {
  /** The databases, and by how much the deployment's clock is ahead of ours, in milliseconds. */
  shards(): Promise<{ shards: Shards; aheadMs: number }>;
  /** One slice of a part. */
  slice(part: Part, how: How, after: string | null): Promise<MovedSlice>;
};

/** The API of a deployment. If a slice was interrupted, the tool can ask for it again. */
export function createDeployment(options: DeploymentOptions): Deployment {
  const { signal: ends } = options;
  const asked = async (path: string, body?: object) => {
    const method = body === undefined ? "GET" : "POST";
    const { response, text } = await ask({ ...options, path, method, ends, ...(body && { body }) });
    if (response.ok) return { response, json: JSON.parse(text) };
    throw new ToolError(
      `the deployment refuses ${path}: ${detailIn(text)}`,
      "deploy this version of friendgate; `npm run reshard -- show` shows what is bound",
    );
  };
  return {
    async shards() {
      const { response, json } = await asked("/v1/shards");
      const dateMs = Date.parse(response.headers.get("Date") ?? "");
      return {
        shards: shardsAnswer.parse(json),
        aheadMs: Number.isNaN(dateMs) ? 0 : dateMs - Date.now(),
      };
    },
    async slice(part, how, after) {
      const body = { ...part, how, ...(after !== null && { after }) };
      return movedSlice.parse((await asked("/v1/shards/slices", body)).json);
    },
  };
}
