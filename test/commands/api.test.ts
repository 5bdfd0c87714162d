import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, it } from "vitest";
import { root } from "../../tools/lib/wrangler.ts";
import { runCommand, startDev } from "../support/commands.ts";

const { paths } = JSON.parse(readFileSync(`${root}/assets/openapi.json`, "utf8"));
const operations = Object.values<object>(paths).flatMap((methods) => Object.keys(methods));

const examples = [
  ...readFileSync(`${root}/docs/api.md`, "utf8").matchAll(
    /^## ((?:GET|PUT|POST|DELETE) .*)$[\s\S]*?^```sh\n([\s\S]*?)^```$/gm,
  ),
].map(([, request = "", command = ""]) => [request, command] as const);

let dev: Awaited<ReturnType<typeof startDev>>;
beforeAll(async () => {
  dev = await startDev({ API_TOKEN: "local-api-token" });
});
afterAll(() => dev.stop());
// One example removes what another one reads.
beforeEach(() => dev.rule("user:spammer", "no"));

describe("docs/api.md", () => {
  it("has an example of every request", ({ expect }) => {
    expect(examples).toHaveLength(operations.length);
  });

  it.for(examples)("has an example that works: %s", async ([, command], { expect }) => {
    const here = command
      .replace("http://localhost:8787/", dev.url.replace(/\/?$/, "/"))
      .replace("curl -s", "curl -sf");
    const { code, stdout, stderr } = await runCommand("sh", ["-c", here]);
    expect(code, stdout + stderr).toBe(0);
  });
});
