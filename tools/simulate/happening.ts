import type { ResponseAction } from "../../src/blocklist/value.ts";
import type { Pair } from "../tencent/bodies.ts";

/** The tables whose rows callbacks change. */
export const TABLES = ["friends", "blacklist"] as const;
export type Table = (typeof TABLES)[number];

/** The callback that Tencent sends after it has happened. */
export type Change =
  | {
      table: "friends";
      type: "added";
      pairs: Pair[];
      initiatorId: string;
      clientCmd: string;
      /** "" for nobody. */
      adminId: string;
      forced: boolean;
    }
  /** `old`: the body has its oldest version. */
  | { table: "friends"; type: "deleted"; pairs: Pair[]; old: boolean }
  | { table: "blacklist"; type: "added" | "deleted"; pairs: Pair[] };

/** What Tencent asks before it happens: may a user ask others? May a user answer somebody? */
export type Question =
  | { type: "request"; applicantId: string; responderIds: string[]; oneWay?: true }
  | { type: "response"; responderId: string; applicantId: string; action: ResponseAction };

/** One thing that happens among the users. Tencent asks, then tells, unless an answer prevented it. */
export type Happening = {
  questions: Question[];
  changes: Change[];
  /** One of the many requests of a spammer. */
  isSpam?: true;
};
