import type * as z from "zod/mini";
import { readConfig } from "../config.ts";
import { type Databases, databasesOf, whyUnknown } from "../db/databases.ts";
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
    return readFriends(this.#databases(), userId, parsed(pairsQuery, query));
  }

  async blacklist(userId: string, query: PairsInput = {}): Promise<PageResult<BlacklistPage>> {
    return readBlacklist(this.#databases(), userId, parsed(pairsQuery, query));
  }

  async friendship(userId: string, friendId: string): Promise<Friendship> {
    return readFriendship(this.#databases(), userId, friendId);
  }

  async recommendations(userId: string, query: { limit?: number } = {}): Promise<Recommendations> {
    return readRecommendations(
      {
        databases: this.#databases(),
        blocklist: this.env.BLOCKLIST,
        kinds: this.#config().config.blocklistKinds,
      },
      userId,
      parsed(recommendationsQuery, query),
    );
  }

  async friendResponses(query: DecidedInput = {}): Promise<ResponsesPage> {
    return readResponses(this.#databases().records.db, parsed(decidedQuery, query));
  }

  async friendRequests(query: DecidedInput = {}): Promise<RequestsPage> {
    return readRequests(this.#databases().records.db, parsed(decidedQuery, query));
  }

  async users(query: { limit?: number; cursor?: string } = {}): Promise<UsersPage> {
    return readUsers(this.#databases(), parsed(usersQuery, query));
  }

  async reconcile(
    lists: Lists,
    query: { dryRun?: boolean; report?: "pairs" } = {},
  ): Promise<Reconciled> {
    const { lists: checked } = valid(listsBody, { lists });
    return reconcile(this.#databases(), checked, parsed(listsQuery, query));
  }

  /** @throws what is wrong with the configuration */
  #config() {
    const configured = readConfig(this.env);
    if (!configured.ok) throw new Error(configured.problems.join("; "));
    return configured;
  }

  #databases(): Databases {
    const { config, problems } = this.#config();
    const databases = databasesOf(this.env, config.shards);
    if (databases === undefined) throw new Error(whyUnknown(this.env, problems).join("; "));
    return databases;
  }

  async stats(): Promise<Stats> {
    return readStats(this.#databases(), Date.now());
  }
}

/** Checks the values as they would stand in a URL. */
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
