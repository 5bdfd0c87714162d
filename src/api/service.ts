import type * as z from "zod/mini";
import { readConfig } from "../config.ts";
import type {
  BlacklistPage,
  Friendship,
  FriendsPage,
  Recommendations,
  Reconciled,
  RequestsPage,
  ResponsesPage,
  Stats,
  UsersPage,
} from "./answers.ts";
import { readBlacklist } from "./blacklist.ts";
import { listsBody } from "./bodies.ts";
import { readRequests, readResponses } from "./decided.ts";
import { reconcile } from "./friend-lists.ts";
import { readFriends, readFriendship } from "./friends.ts";
import type { PageResult } from "./pairs.ts";
import {
  decidedQuery,
  listsQuery,
  pairsQuery,
  problemsOf,
  recommendationsQuery,
  usersQuery,
} from "./parameters.ts";
import { readRecommendations } from "./recommendations.ts";
import { readStats } from "./stats.ts";
import { readUsers } from "./users.ts";

type PairsInput = { limit?: number; cursor?: string; since?: string };
type DecidedInput = { after?: string | number; blocked?: boolean; limit?: number };

type Lists = z.input<typeof listsBody>["lists"];

/** What the service binding answers: the same as /v1. A parameter that /v1 would refuse throws. */
export class Service {
  readonly env: Env;

  constructor(env: Env) {
    this.env = env;
  }

  async friends(userId: string, query: PairsInput = {}): Promise<PageResult<FriendsPage>> {
    return readFriends(this.env.DB, userId, parsed(pairsQuery, query));
  }

  async blacklist(userId: string, query: PairsInput = {}): Promise<PageResult<BlacklistPage>> {
    return readBlacklist(this.env.DB, userId, parsed(pairsQuery, query));
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

  async friendResponses(query: DecidedInput = {}): Promise<ResponsesPage> {
    return readResponses(this.env.DB, parsed(decidedQuery, query));
  }

  async friendRequests(query: DecidedInput = {}): Promise<RequestsPage> {
    return readRequests(this.env.DB, parsed(decidedQuery, query));
  }

  async users(query: { limit?: number; cursor?: string } = {}): Promise<UsersPage> {
    return readUsers(this.env.DB, parsed(usersQuery, query));
  }

  async reconcile(
    lists: Lists,
    query: { dryRun?: boolean; report?: "pairs" } = {},
  ): Promise<Reconciled> {
    const { lists: checked } = valid(listsBody, { lists });
    return reconcile(this.env.DB, checked, parsed(listsQuery, query));
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
  return valid(schema, Object.fromEntries(text));
}

function valid<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.output<Schema> {
  const { success, data, error } = schema.safeParse(value);
  if (!success) throw new TypeError(problemsOf(error));
  return data;
}
