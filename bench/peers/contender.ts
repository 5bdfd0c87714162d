import type { Signed } from "../callbacks.ts";

/** Each has a file of this name. */
export type Server = "friendgate" | "fastify" | "express";

export type Contender = {
  /** Answers a callback, without a network. The text of the reply. */
  answer: (callback: Signed) => Promise<string>;
  /** Does what is due between two answers; its time is no part of theirs. */
  between: () => Promise<void>;
  /** Ends what the answers left to be done. */
  settle: () => Promise<void>;
  /** How many friendships are stored. */
  stored: () => number;
};
