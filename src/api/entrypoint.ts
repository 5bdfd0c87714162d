import { WorkerEntrypoint } from "cloudflare:workers";
import type { Service } from "./service.ts";

/**
 * The reads for your other Workers, by a service binding: no token, no network, the same answers as
 * /v1. An entrypoint must exist at the start. The code that answers is loaded when somebody asks.
 */
export class FriendsService extends WorkerEntrypoint<Env> {
  async friends(...asked: Parameters<Service["friends"]>) {
    return (await this.#service()).friends(...asked);
  }

  async blacklist(...asked: Parameters<Service["blacklist"]>) {
    return (await this.#service()).blacklist(...asked);
  }

  async friendship(...asked: Parameters<Service["friendship"]>) {
    return (await this.#service()).friendship(...asked);
  }

  async recommendations(...asked: Parameters<Service["recommendations"]>) {
    return (await this.#service()).recommendations(...asked);
  }

  async friendResponses(...asked: Parameters<Service["friendResponses"]>) {
    return (await this.#service()).friendResponses(...asked);
  }

  async friendRequests(...asked: Parameters<Service["friendRequests"]>) {
    return (await this.#service()).friendRequests(...asked);
  }

  async users(...asked: Parameters<Service["users"]>) {
    return (await this.#service()).users(...asked);
  }

  async reconcile(...asked: Parameters<Service["reconcile"]>) {
    return (await this.#service()).reconcile(...asked);
  }

  async stats() {
    return (await this.#service()).stats();
  }

  async #service(): Promise<Service> {
    const { Service } = await import("./service.ts");
    return new Service(this.env);
  }
}
