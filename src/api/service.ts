import { WorkerEntrypoint } from "cloudflare:workers";
import type * as z from "zod/mini";
import { readConfig } from "../config.ts";
import type { Friendship, Recommendations, ResponsesPage, Stats } from "./answers.ts";
import { readResponses } from "./friend-responses.ts";
import { type FriendsResult, readFriends, readFriendship } from "./friends.ts";
import { friendsQuery, problemsOf, recommendationsQuery, responsesQuery } from "./parameters.ts";
import { readRecommendations } from "./recommendations.ts";
import { readStats } from "./stats.ts";

/**
 * The reads for your other Workers, by a service binding: no token, no network, the same answers as
 * /v1. A parameter that /v1 would refuse throws.
 */
export class FriendsService extends WorkerEntrypoint<Env> {
  async friends(
    userId: string,
    query: { limit?: number; cursor?: string; since?: string } = {},
  ): Promise<FriendsResult> {
    return readFriends(this.env.DB, userId, parsed(friendsQuery, query));
  }

  async friendship(userId: string, friendId: string): Promise<Friendship> {
    return readFriendship(this.env.DB, userId, friendId);
  }

  async recommendations(userId: string, query: { limit?: number } = {}): Promise<Recommendations> {
    const configured = readConfig(this.env);
    if (!configured.ok) throw new Error(configured.problems.join("; "));
    return readRecommendations(
      {
        db: this.env.DB,
        blocklist: this.env.BLOCKLIST,
        kinds: configured.config.blocklistKinds,
      },
      userId,
      parsed(recommendationsQuery, query),
    );
  }

  async friendResponses(
    query: { after?: string | number; blocked?: boolean; limit?: number } = {},
  ): Promise<ResponsesPage> {
    return readResponses(this.env.DB, parsed(responsesQuery, query));
  }

  async stats(): Promise<Stats> {
    return readStats(this.env.DB, Date.now());
  }
}

/** Checked as they would stand in a URL. */
function parsed<Schema extends z.ZodMiniType>(schema: Schema, query: object): z.output<Schema> {
  const text = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, String(value)]],
  );
  const { success, data, error } = schema.safeParse(Object.fromEntries(text));
  if (!success) throw new TypeError(problemsOf(error));
  return data;
}
