import { describe, it } from "vitest";
import { envWith, fetchWorker } from "../support/worker.ts";

const API_TOKEN = "local-api-token";

function health(authorization?: string, settings: Record<string, unknown> = { API_TOKEN }) {
  const headers = authorization === undefined ? {} : { Authorization: authorization };
  return fetchWorker(
    new Request("https://callback.example/health", { headers }),
    envWith(settings),
  );
}

describe("/health", () => {
  it("tells anybody that the Worker is up, and nothing else", async ({ expect }) => {
    const response = await health();
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ status: "ok" });
  });

  it.for([
    ["a wrong token", "Bearer another", { API_TOKEN }],
    ["another scheme", `Basic ${API_TOKEN}`, { API_TOKEN }],
    ["a token where none is configured", `Bearer ${API_TOKEN}`, {}],
  ] as const)("refuses %s", async ([, authorization, settings], { expect }) => {
    const response = await health(authorization, settings);
    expect(response.status).toBe(401);
    expect(response.headers.get("WWW-Authenticate")).toBe("Bearer");
    expect(response.headers.get("Content-Type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ title: "Unauthorized", status: 401 });
  });

  it("says that the deployment is not configured", async ({ expect }) => {
    const response = await health(undefined, { API_TOKEN: "with space" });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ status: "misconfigured" });
  });
});
