import type { HelpTexts } from "../lib/help.ts";

export const TRAFFIC_HELP: HelpTexts = {
  sections: {
    "What the truth is":
      "FriendAdd and FriendDelete carry no time. The Worker orders them by their arrival: of each pair, " +
      "the change that arrives last counts. So a duplicate or a late callback that arrives after a " +
      "younger one is the newer one.\n" +
      "The truth is kept in the order in which the callbacks reach the Worker. That order is certain: a " +
      "callback is sent only when every earlier callback with the same pair was answered. All others " +
      "overlap. Each user asks the next one when the last request was answered.\n" +
      "Some pairs then end differently from what happened. It prints their number. Only a comparison " +
      "with Tencent's own lists can find them: `npm run reconcile`.\n" +
      "A callback without an OK leaves its pairs unsure. They are counted, and not compared.\n" +
      "Blacklisting a friend is two callbacks: Tencent deletes the friendship, too. A request or a " +
      "response that is refused changes nothing.",
    "What nobody is told of":
      "With --lost, that share of the changes sends no callback. With --imported, REST adds so many " +
      "friends, each in one list. The tables are still compared with the callbacks that were sent. --truth " +
      "keeps Tencent's own lists. The drift says how many pairs the friends table then lacks, and how many " +
      "it has too much. `simulate rest` serves the lists. `npm run reconcile` finds as many, and repairs them.",
    Spammers:
      "With --spammers, so many users ask --spam others each, evenly over the whole run. The other users " +
      "do the same as without. It tells how many spammers REQUEST_RATE, REQUESTS_PER_DAY or a rule refused, " +
      "after how many requests, and how many of the others by mistake. The record says what limits and " +
      "rules only observe. A minute is a real minute: choose --users large enough that " +
      "nobody else asks as often as a spammer. A rule that REQUESTS_PER_DAY has made stays until it ends. " +
      "On this machine give a low --rate, such as 10: a queue in memory that is busy counts late.",
    "How the tables are read":
      "By the read API, where API_TOKEN is set in the environment. Otherwise, or with --remote, wrangler " +
      "reads D1. RECORD_RESPONSES, as it is configured here, says what must be in the record.\n" +
      "On this machine the queue is in memory. A restart of the server loses what is on it. The server " +
      "restarts whenever a file of the project changes.",
    "What it leaves behind":
      "The rows of its users. The command that removes them from every table is printed at the end.",
  },
  examples: {
    "npm run simulate -- traffic --users 50 --events 500": "a small life, in seconds",
    "npm run simulate -- traffic --duplicates 20% --reorder 20% --seed 11":
      "one with duplicates, in disorder",
    "npm run simulate -- traffic --lost 1% --imported 200 --truth truth.jsonl":
      "one with changes that the table does not hear of",
    "npm run simulate -- traffic --events 2000 --spammers 3 --spam 100":
      "who refuses three spammers, and when?",
  },
};
