import { ApiError, json, ok, page, param, type Routes } from "./http.ts";
import type { Account } from "./state.ts";

export function userRoutes(account: Account): Routes {
  const listed = { id: account.id, name: "The double's account" };
  return {
    "GET /user/tokens/verify": () => ok({ id: "double", status: "active" }),
    "GET /user": () => ok({ id: "double", email: "double@example.com" }),
    "GET /accounts": (call) => page([listed], call),
    "GET /memberships": (call) =>
      page([{ id: "double", account: listed, roles: ["Administrator"], status: "accepted" }], call),
    "GET /accounts/:account/workers/subdomain"() {
      if (account.subdomain !== null) return ok({ subdomain: account.subdomain });
      throw new ApiError(404, 10007, "You do not have a workers.dev subdomain.");
    },
    "PUT /accounts/:account/workers/subdomain"(call) {
      account.subdomain = json<{ subdomain: string }>(call).subdomain;
      return ok({ subdomain: account.subdomain });
    },
    // Whether a name is free: an error is the answer either way.
    "GET /accounts/:account/workers/subdomains/:name"(call) {
      if (param(call, "name") === account.subdomain) {
        throw new ApiError(409, 10031, "This subdomain is unavailable.");
      }
      throw new ApiError(404, 10032, "This subdomain is available.");
    },
  };
}
