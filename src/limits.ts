import { REFUSAL_CODE_MAX, REFUSAL_CODE_MIN, REFUSED_CODE } from "./tencent/reply.ts";

/**
 * Every number that friendgate chose or that a platform sets, with its unit in its name. The
 * numbers of Tencent's protocol stand where the protocol is spoken, in tencent/.
 */

/** A rule's code is what the reply can carry. */
export const RULE_CODE_MIN = REFUSAL_CODE_MIN;
export const RULE_CODE_MAX = REFUSAL_CODE_MAX;
export const RULE_CODE_DEFAULT = REFUSED_CODE;

/**
 * Tencent caps its packets at 1 MB, and a two-way delete of 2,000 pairs is 200 kB: twice the cap
 * leaves room for what is to come.
 */
export const BODY_MAX_BYTES = 2 * 1024 * 1024;

/** 16 random hex digits are 64 bits; what is shorter can be tried out. */
export const SECRET_MIN_CHARS = 16;

/** A working day, and then some: who leaves a browser open is signed out by the next morning. */
export const SESSION_MAX_SECONDS = 12 * 3_600;
/** An identity is an address of mail, and no more than 254 characters. */
export const SESSION_WHO_MAX_CHARS = 254;
/** A token in a little JSON: whoever signs in has shown nothing yet. */
export const SIGN_IN_MAX_BYTES = 4_096;
/** The period of SIGN_IN_RATE in wrangler.toml. */
export const SIGN_IN_PERIOD_SECONDS = 60;

/**
 * What can be moved from one database to another: a thousandth of the users, and with 10 GB in each of a
 * hundred databases still 1 GB. Changing it would move every row.
 */
export const SLOTS = 1_024;

/** KV's bulk read takes at most 100 distinct keys. https://developers.cloudflare.com/kv/api/read-key-value-pairs/ */
export const KV_BULK_MAX_KEYS = 100;
/** A longer key cannot exist, and one in a bulk read makes the whole read fail. */
export const KV_KEY_MAX_BYTES = 512;

/** KV takes no shorter life. https://developers.cloudflare.com/kv/api/write-key-value-pairs/ */
export const KV_TTL_MIN_SECONDS = 60;
/** The Workers runtime reads a moment into 32 bits, up to January 19, 2038. */
export const KV_EXPIRATION_MAX_SECONDS = 2 ** 31 - 1;
/** https://developers.cloudflare.com/kv/platform/limits/ */
export const KV_VALUE_MAX_BYTES = 25 * 1024 * 1024;
export const KV_METADATA_MAX_BYTES = 1_024;

/** A rule that people write has some hundred characters; each of them is kept three times in the history. */
export const RULE_MAX_BYTES = 10_000;
/** KV promises no less: until then an edge may answer from its cache. */
export const RULE_VISIBLE_SECONDS = 60;

/** One bad key among a hundred is found with 14 reads; where all of them fail, more would not help. */
export const KV_EXTRA_READS_MAX = 16;

/**
 * So many items of a before-callback are decided: three times the friends that a user may have. A
 * body can hold a hundred times as many, which nobody means, and which are refused.
 */
export const DECIDED_MAX_ITEMS = 10_000;

/** Of Tencent's 2,000 ms: the rest is for the way there and back and for a cold start. */
export const BLOCKLIST_TIMEOUT_DEFAULT_MS = 1_200;

/** What remains of the 2,000 ms then is hardly the way back. */
export const BLOCKLIST_TIMEOUT_MAX_MS = 1_900;

/** A user's requests of a day are added up with each that passes: some rows each. */
export const REQUESTS_PER_DAY_MAX = 10_000;
/** Who passes the number waits for a day, unless configured otherwise; a year is for ever. */
export const QUOTA_BLOCK_DEFAULT_HOURS = 24;
export const QUOTA_BLOCK_MAX_HOURS = 8_760;

/** How long days are remembered: a message may come late. */
export const QUOTA_DAYS = 2;

/** An EventTime further in the future than clocks differ is not believed. */
export const EVENT_TIME_AHEAD_MAX_MS = 60_000;

/**
 * A send takes about 60 ms; one that takes ten times as long will not come back in time. Together
 * with the change to the table that then stands in for it: 1,600 of the 2,000 ms.
 */
export const SEND_TIMEOUT_MS = 800;
export const APPLY_TIMEOUT_MS = 800;

/** Of Tencent's 2,000 ms, from the arrival of a callback: the rest is for the ways and for keeping it. */
export const BACKEND_TIMEOUT_DEFAULT_MS = 1_500;
export const BACKEND_TIMEOUT_MAX_MS = 1_900;
/** What the backend did not take in its 1,500 ms is kept within Tencent's 2,000. */
export const KEEP_TIMEOUT_MS = 400;
/** Nobody waits for a kept callback: a backend that is only slow gets it, too. */
export const DELIVERY_TIMEOUT_MS = 10_000;
/** Tencent caps its packets at 1 MB, and so what a backend can answer. */
export const BACKEND_ANSWER_MAX_BYTES = 2 * 1024 * 1024;
/** Queues refuses messages over 128 KB; some of it is the platform's own. */
export const KEPT_MAX_BYTES = 120_000;
/** An invocation may have six connections open at once. https://developers.cloudflare.com/workers/platform/limits/ */
export const DELIVERIES_AT_ONCE = 5;
/** A backend that failed is left alone for so long, twice as long after each try that fails again. */
export const BREAKER_MIN_MS = 5_000;
export const BREAKER_MAX_MS = 60_000;

/** The steps in which callbacks are counted, and how long the counts are kept: /v1/stats tells a day. */
export const COUNT_STEP_MS = 300_000;
export const COUNT_DAYS = 2;
/** An isolate writes its counts with one statement in so much time, and has so many names for them. */
export const COUNT_WINDOW_MS = 5_000;
export const COUNT_NAMES_MAX = 200;

/** An isolate notes once in so much time that something authentic arrived: a row, 144 a day for all. */
export const ARRIVAL_STEP_MS = 600_000;
/** Silence is told after an hour, of an app that had callbacks in most hours of the day before. */
export const SILENCE_MS = 3_600_000;
export const SILENCE_BUSY_HOURS = 20;
/** So many wrong Signs in ten minutes, in one isolate, are no mistake of somebody's who tries something. */
export const WRONG_SIGNS_MIN = 20;

/** A reason is shown to a person; a value in KV may have 25 MiB. */
export const REASON_MAX_CHARS = 500;

/** A blocklist with more broken rules was written by something broken; the memory of them ends. */
export const BROKEN_RULES_REPORTED_MAX = 1_000;
/** 64 bits tell any two keys of a blocklist apart. */
export const KEY_HASH_HEX_CHARS = 16;

/** Keeps a message under one billing unit of 64 KB at ordinary UserIDs. */
export const MESSAGE_MAX_PAIRS = 500;
/** The same for what was decided, which says more. */
export const MESSAGE_MAX_DECIDED = 300;
/** Pairs that cannot be stored are kept as far as one message holds them: a dead letter is for people. */
export const UNSTORABLE_MAX_PAIRS = 500;
export const UNSTORABLE_MAX_BYTES = 40_000;
export const UNSTORABLE_MAX_DEPTH = 20;
/** Queues bills by 64 KB and refuses messages over 128 KB. */
export const MESSAGE_MAX_BYTES = 60_000;
/**
 * So many entries of any event are within that, and need not be measured: texts of an entry are cut at 128
 * characters of at most 6 bytes, keys have 512 bytes, and what cannot be stored has its own limit.
 */
export const SMALL_EVENT_MAX_ENTRIES = 16;
/**
 * A sendBatch takes 256 KB, and each message is counted with some overhead. It takes 100 messages,
 * too, which events never reach: one makes several only where each is some kilobytes.
 * https://developers.cloudflare.com/queues/platform/limits/
 */
export const SEND_BATCH_MAX_BYTES = 240_000;
export const SEND_BATCH_MAX_MESSAGES = 100;
/** Dead letters are read, applied or sent, and settled in one request: so many of the largest are 12 MB. */
export const REDRIVE_MAX_LETTERS = 100;
/** A page of dead letters has their bodies: so many of the largest are 2 MB. */
export const LETTERS_DEFAULT = 20;

/** A bound parameter of D1 may have 2 MB. https://developers.cloudflare.com/d1/platform/limits/ */
export const D1_PARAMETER_MAX_BYTES = 1_900_000;

/**
 * The delays between the tries of a message: the first is over before anybody misses the change,
 * the longest keeps a database that is down from being asked all the time. A hundred tries (the
 * most that Queues makes) last about three days, within the queue's four days of retention.
 */
export const RETRY_DELAY_MIN_SECONDS = 5;
export const RETRY_DELAY_MAX_SECONDS = 3_600;
/**
 * A dead letter that cannot be stored has no queue behind it: a hundred tries last about twelve
 * days, within the fourteen that its queue can be told to keep messages.
 */
export const DEAD_LETTER_RETRY_DELAY_MAX_SECONDS = 4 * 3_600;

/** D1 gives a query 30 s: one that has not come back after 40 will not. */
export const BATCH_TIMEOUT_MS = 40_000;
/**
 * One bad message among a hundred is found with 15 statements. An invocation on the free plan may
 * make 50 in all, and what is left over comes again.
 */
export const BISECT_MAX_TRIES = 40;

/**
 * Wrangler knows no parameters: redriving puts the rows into the statement's text, which D1 limits
 * to 100 KB. Half of it, for a text may be all apostrophes, and each is written twice.
 */
export const REDRIVE_MAX_BYTES = 45_000;

/** Texts of a callback are recorded up to here: no UserID, platform or address is longer. */
export const RECORDED_TEXT_MAX_CHARS = 128;
/**
 * A record of so many items is put together in some 0.1 ms, before the reply is on its way; a larger
 * one waits for a turn of the event loop, which costs as much for every callback.
 */
export const RECORD_AT_ONCE_MAX_ITEMS = 100;
/** Nobody waits for a record, and an invocation that has answered may go on for 30 s. */
export const RECORD_TIMEOUT_MS = 10_000;
/**
 * A record is one small statement, of some milliseconds. A database that has it wait so much longer has more
 * to do than it can, and the queue will bring it a hundred records in one.
 */
export const RECORD_TABLE_TIMEOUT_MS = 5_000;

/** https://developers.cloudflare.com/analytics/analytics-engine/limits/: so many an invocation. */
export const DATA_POINTS_MAX = 25;

/** Whether one dead letter waits or more than ten thousand: the figure need not be exact there. */
export const DEAD_LETTERS_COUNTED_MAX = 10_000;
/** A monitor waits for /health: what has not answered by then is called unreadable. */
export const HEALTH_TIMEOUT_MS = 3_000;

/** A queue keeps a message for up to 14 days: a tombstone must outlive what could undo it. */
export const TOMBSTONE_MIN_DAYS = 15;
export const RETENTION_DEFAULT_DAYS = 30;
export const RETENTION_MAX_DAYS = 3_650;

/**
 * What the hourly run may ask of all databases together, a few statements less than the thousand that D1
 * lets an invocation make. A step takes no more than half of what is left, so that none starves, and what
 * has nothing to do takes nothing: 440 slices of records an hour are a hundred million a day.
 * https://developers.cloudflare.com/d1/platform/limits/
 */
export const SWEEP_STATEMENTS_PER_RUN = 900;
/** Of these, what each database is asked besides slices: where walks stand, old counts, dead letters. */
export const SWEEP_STATEMENTS_PER_DATABASE = 8;

/**
 * A slice reads its rows three times: to find its end, and to look for tombstones twice. SQLite takes some
 * 20 ms for it where the pages are in memory, which changes can wait. Some 150 slices an hour pass fifteen
 * million rows, so the largest table in half a day.
 */
export const TOMBSTONE_SLICE_ROWS = 100_000;
/** Bounds what one run writes: three rows for each dead letter, with its two indexes. */
export const SETTLED_DEAD_LETTERS_PER_RUN = 1_000;

/** A page of the read API: about 20 kB of JSON, and at most about 200 kB. */
export const PAGE_DEFAULT_ROWS = 100;
export const PAGE_MAX_ROWS = 1_000;

/**
 * Who syncs is shown once more what was written in the last minutes: the clock of a database may be set
 * back, and it goes by another one where the database, or a user's rows, move to another machine. Clocks of
 * servers differ by milliseconds; where they differ by minutes, no certificate and no signature holds.
 */
export const SINCE_OVERLAP_MS = 300_000;

/** Three times the friends that Tencent allows a user, or the lists of many: 1 MB, and one statement. */
export const LISTS_MAX_FRIENDS = 10_000;
export const LISTS_MAX = 200;
/** Rows that are held against lists at once, some 10 MB: the table may have what the lists have not. */
export const LISTS_MAX_ROWS = 50_000;
/** What happens while a list is under way is not in it: the older it is, the less it tells. */
export const LIST_AGE_MAX_MS = 3_600_000;
/** Seconds in place of milliseconds are a time in 1970; this is in 2001. */
export const MS_MIN = 1_000_000_000_000;
/** A body may be wrong in ten thousand places: who reads of so many has seen enough. */
export const PROBLEMS_MAX = 5;

/**
 * Recommendations look at so many rows of the user's own list (Tencent allows 3,000 friends; the
 * rest is for tombstones), and at so many rows of so many friends' lists: some 20,000 rows, or 3
 * cents for a thousand readings, however many friends they have.
 */
export const RECOMMENDATION_OWN_MAX_ROWS = 5_000;
export const RECOMMENDATION_FRIENDS_MAX = 200;
export const RECOMMENDATION_FRIENDS_OF_FRIEND_MAX_ROWS = 100;
/** So many of the best are looked at, some at a time, until the answer is full. */
export const RECOMMENDATION_CANDIDATES_MAX = 200;
export const RECOMMENDATION_CANDIDATES_MIN_AT_ONCE = 20;
export const RECOMMENDATIONS_DEFAULT = 20;
export const RECOMMENDATIONS_MAX = 100;

/** Some 50 ms a slice, which the records of the moment can wait. */
export const DECIDED_SLICE_ROWS = 10_000;

/**
 * A slice of a move: its rows travel through the Worker, 1 MB or so, in some 100 ms. What is looked for by
 * its time passes more of the table, of which little travels.
 */
export const MOVE_SLICE_ROWS = 5_000;
export const MOVE_CHANGES_SLICE_ROWS = 50_000;

/** The newest records of a day that /v1/stats counts: it reads no row more, some 50 ms. */
export const STATS_DECIDED_MAX_ROWS = 50_000;

/** As for tombstones, and for all users at once. */
export const ERASURE_SLICE_ROWS = 100_000;

/** Each of them reads so many of the newest records, of each table, and no row more: some 50 ms. */
export const EFFECTS_MAX_ROWS = 50_000;
export const EFFECTS_DAYS = 7;
/** Rules beside which a figure stands: nobody scrolls through more. */
export const EFFECTS_MAX = 1_000;
export const HISTORY_MAX_ROWS = 50_000;
/** A page of what a user did: so many records are looked through for so many of the user's. */
export const DECISIONS_SCAN_MAX_ROWS = 20_000;
export const DECISIONS_MAX = 100;
/** Adding up reads a slice four times, some 200 ms: forty slices an hour are a hundred million records a day. */
export const HISTORY_SLICE_ROWS = 100_000;
/** The hours that are added up, a day longer than they are shown. */
export const HISTORY_DAYS = 31;
/** Ten lists of a thousand keys, one after the other: a second. */
export const PAIR_LISTS_MAX = 10;
export const USER_RULES_MAX = 1_000;

/** Whoever asks for changes of the moment watches for so long, and asks every few seconds. */
export const WATCH_MS = 120_000;
export const WATCH_RENEW_MS = 60_000;
/** Where nobody watches, the consumer asks again after so long: what follows is shown. */
export const WATCH_CHECK_MS = 2_000;
export const RECENT_TIMEOUT_MS = 3_000;
/** Of what is applied at once, and so many times that in an answer: some 100 kB. */
export const RECENT_CHANGES_MAX = 100;
export const RECENT_ROWS_MAX = 20;
export const RECENT_MS = 3_600_000;
