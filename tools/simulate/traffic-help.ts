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
      "Some pairs then end otherwise than they happened. Their number is printed. Only a comparison " +
      "with Tencent's own lists can find them: `npm run reconcile`.\n" +
      "A callback without an OK leaves its pairs unsure. They are counted, and not compared.\n" +
      "Blacklisting a friend is two callbacks: Tencent deletes the friendship, too. What a request or a " +
      "response is refused does not happen.",
    "What nobody is told of":
      "With --lost, the changes of so many happenings are not told, and with --imported REST adds so " +
      "many friends, each in one list. The tables are compared with what was told, as ever. --truth keeps " +
      "Tencent's own lists, and the drift says how many pairs the friends table then lacks and has too " +
      "much: `simulate rest` serves the lists, `npm run reconcile` finds as many and repairs them.",
    Spammers:
      "With --spammers, so many users ask --spam others each, evenly over the whole run, while the others " +
      "live as they do without. It tells how many spammers were refused, after how many requests, and " +
      "how many of the others by mistake: by REQUEST_RATE, by REQUESTS_PER_DAY, or by a rule. What they only " +
      "observe comes from the record. A minute is a real minute: choose --users large enough that " +
      "nobody else asks as often as a spammer. A rule that REQUESTS_PER_DAY has made stays until it ends. " +
      "On this machine give a low --rate, such as 10: a queue in memory that is busy counts late.",
    "How the tables are read":
      "By the read API, where API_TOKEN is set in the environment. Otherwise, or with --remote, wrangler " +
      "reads D1. What must be in the record is said by RECORD_RESPONSES, as it is configured here.\n" +
      "On this machine the queue is in memory. A restart of the server loses what is on it. The server " +
      "restarts whenever a file of the project changes.",
    "What it leaves behind":
      "The rows of its users. The command that removes them from every table is printed at the end.",
  },
  examples: {
    "npm run simulate -- traffic --users 50 --events 500": "a small life, in seconds",
    "npm run simulate -- traffic --duplicates 20% --reorder 20% --seed 11": "a disorderly one",
    "npm run simulate -- traffic --lost 1% --imported 200 --truth truth.jsonl":
      "one of which the table does not know all",
    "npm run simulate -- traffic --events 2000 --spammers 3 --spam 100":
      "who refuses three spammers, and when?",
  },
};
