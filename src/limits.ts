import { REFUSAL_CODE_MAX, REFUSAL_CODE_MIN, REFUSED_CODE } from "./tencent/reply.ts";

/**
 * Every number that friendgate chose or that a platform sets. The name tells the unit. The numbers of
 * Tencent's protocol are in tencent/.
 */

/** A rule may have any code that the reply can carry. */
export const RULE_CODE_MIN = REFUSAL_CODE_MIN;
export const RULE_CODE_MAX = REFUSAL_CODE_MAX;
export const RULE_CODE_DEFAULT = REFUSED_CODE;

/**
 * Tencent caps its packets at 1 MB, and a two-way delete of 2,000 pairs is 200 kB. Twice the cap leaves
 * room for the future.
 */
export const BODY_MAX_BYTES = 2 * 1024 * 1024;

/** 16 random hex digits are 64 bits. A shorter secret can be found by trying. */
export const SECRET_MIN_CHARS = 16;

/** More than a working day: a browser that is left open is signed out by the next morning. */
export const SESSION_MAX_SECONDS = 12 * 3_600;
/** An identity is a mail address. It has no more than 254 characters. */
export const SESSION_WHO_MAX_CHARS = 254;
/** The body is a token in a little JSON. At sign-in the sender has proved nothing yet. */
export const SIGN_IN_MAX_BYTES = 4_096;
/** The period of SIGN_IN_RATE in wrangler.toml. */
export const SIGN_IN_PERIOD_SECONDS = 60;

/**
 * A slot is the unit that moves from one database to another: a thousandth of the users. With 10 GB in each
 * of a hundred databases it is still 1 GB. A change of this number would move every row.
 */
export const SLOTS = 1_024;

/** KV's bulk read takes at most 100 distinct keys. https://developers.cloudflare.com/kv/api/read-key-value-pairs/ */
export const KV_BULK_MAX_KEYS = 100;
/** A longer key cannot exist. A longer key in a bulk read makes the whole read fail. */
export const KV_KEY_MAX_BYTES = 512;

/** KV takes no shorter life. https://developers.cloudflare.com/kv/api/write-key-value-pairs/ */
export const KV_TTL_MIN_SECONDS = 60;
/** The Workers runtime reads a time into 32 bits, up to January 19, 2038. */
export const KV_EXPIRATION_MAX_SECONDS = 2 ** 31 - 1;
/** https://developers.cloudflare.com/kv/platform/limits/ */
export const KV_VALUE_MAX_BYTES = 25 * 1024 * 1024;
export const KV_METADATA_MAX_BYTES = 1_024;

/** A rule that people write has some hundred characters. The history keeps each of them three times. */
export const RULE_MAX_BYTES = 10_000;
/** KV promises nothing faster: until then an edge may answer from its cache. */
export const RULE_VISIBLE_SECONDS = 60;
/** With the filter, an isolate holds the filter for another minute, and skips keys that it does not have. */
export const FILTERED_RULE_VISIBLE_SECONDS = 120;

/** 14 reads find one bad key among a hundred. If all of them fail, more would not help. */
export const KV_EXTRA_READS_MAX = 16;
/** A list operation returns so many keys. https://developers.cloudflare.com/kv/api/list-keys/ */
export const KV_LIST_MAX_KEYS = 1_000;

/**
 * The filter is made of bits. It has 15 bits for each key, and a key sets 10 of them. So less than one in a
 * thousand keys that nobody wrote passes the filter. Such a key costs one useless read, and nothing more.
 */
export const FILTER_BITS_PER_KEY = 15;
export const FILTER_BITS_SET = 10;
/** Rules are added between two listings. There is room for a quarter more, and for an import. */
export const FILTER_HEADROOM = 1.25;
export const FILTER_HEADROOM_KEYS = 10_000;
/**
 * During a listing each key is 8 bytes, and all are in one value of KV: 16 of its 25 MiB. An isolate has
 * 128 MB. A filter of so many keys takes 5 MB, or 20 if all keys were added since the last listing.
 */
export const FILTER_MAX_KEYS = 2_000_000;
/** As long as KV may serve it from a cache. Reading it more often would find the same. */
export const FILTER_HELD_MS = 60_000;
/**
 * List operations: 600,000 in a month, of the million that the paid plan includes. A listing takes one for
 * each thousand keys.
 */
export const FILTER_LISTS_PER_DAY = 20_000;
/** A rule that was written past friendgate waits for it. People accept minutes, and KV needs one. */
export const FILTER_INTERVAL_MIN_MS = 300_000;
/**
 * If no listing has ended by then, something is wrong. A filter must not hide rules for ever. A large list
 * takes a tenth of its interval, and a run may fail.
 */
export const FILTER_LATE = 1.25;
export const FILTER_LATE_MS = 600_000;
/** An invocation may ask KV a thousand times. The filter itself needs some of them. */
export const FILTER_LISTS_PER_RUN = 900;
/** The next minute's run continues the listing. Two runs at once would list the same. */
export const FILTER_RUN_MS = 40_000;
/** The largest list takes ten minutes. No run continues a listing that began an hour ago. */
export const FILTER_LISTING_MAX_MS = 3_600_000;

/**
 * So many items of a before-callback are decided: three times the friends that a user may have. A body can
 * hold a hundred times as many. Nobody means that. Items beyond this number are refused where they would add
 * a friend.
 */
export const DECIDED_MAX_ITEMS = 10_000;

/** Part of Tencent's 2,000 ms. The rest is for the way there and back and for a cold start. */
export const BLOCKLIST_TIMEOUT_DEFAULT_MS = 1_200;

/** The rest of the 2,000 ms is hardly enough for the way back. */
export const BLOCKLIST_TIMEOUT_MAX_MS = 1_900;

/** Each request that passes adds up the user's requests of the day: some rows each time. */
export const REQUESTS_PER_DAY_MAX = 10_000;
/** A user who passes the number waits for a day, unless configured otherwise. A year counts as for ever. */
export const QUOTA_BLOCK_DEFAULT_HOURS = 24;
export const QUOTA_BLOCK_MAX_HOURS = 8_760;

/** How long days are remembered: a message may come late. */
export const QUOTA_DAYS = 2;

/** An EventTime further in the future is not believed: clocks do not differ so much. */
export const EVENT_TIME_AHEAD_MAX_MS = 60_000;

/**
 * A send takes about 60 ms. One that takes ten times as long will not come back in time. Then a change to
 * the table replaces it. Both together take 1,600 of the 2,000 ms.
 */
export const SEND_TIMEOUT_MS = 800;
export const APPLY_TIMEOUT_MS = 800;

/** Part of Tencent's 2,000 ms, from the arrival of a callback. The rest is for the way and for keeping it. */
export const BACKEND_TIMEOUT_DEFAULT_MS = 1_500;
export const BACKEND_TIMEOUT_MAX_MS = 1_900;
/** A callback that the backend did not take in its 1,500 ms is kept within Tencent's 2,000. */
export const KEEP_TIMEOUT_MS = 400;
/** Nobody waits for a kept callback, so a slow backend has time to take it. */
export const DELIVERY_TIMEOUT_MS = 10_000;
/** Tencent caps its packets at 1 MB. This caps a backend's answer, too. */
export const BACKEND_ANSWER_MAX_BYTES = 2 * 1024 * 1024;
/** Queues refuses messages over 128 KB. The platform itself uses some of that. */
export const KEPT_MAX_BYTES = 120_000;
/** An invocation may have six connections open at once. https://developers.cloudflare.com/workers/platform/limits/ */
export const DELIVERIES_AT_ONCE = 5;
/** A backend that failed is left alone for so long. The time doubles after each further failed try. */
export const BREAKER_MIN_MS = 5_000;
export const BREAKER_MAX_MS = 60_000;

/** The steps in which callbacks are counted, and how long counts are kept. /v1/stats shows one day. */
export const COUNT_STEP_MS = 300_000;
export const COUNT_DAYS = 2;
/** An isolate writes its counts with one statement per window. It counts under so many names at most. */
export const COUNT_WINDOW_MS = 5_000;
export const COUNT_NAMES_MAX = 200;

/** Once in so much time, an isolate notes that something authentic arrived: one row, 144 a day for all. */
export const ARRIVAL_STEP_MS = 600_000;
/** Silence is reported after an hour, if the app had callbacks in most hours of the day before. */
export const SILENCE_MS = 3_600_000;
export const SILENCE_BUSY_HOURS = 20;
/** So many wrong Signs in ten minutes, in one isolate, are not just the mistake of a person who tries. */
export const WRONG_SIGNS_MIN = 20;

/** A reason is shown to a person; a value in KV may have 25 MiB. */
export const REASON_MAX_CHARS = 500;

/** A broken program wrote a blocklist with more broken rules. An isolate remembers no more of them. */
export const BROKEN_RULES_REPORTED_MAX = 1_000;
/** 64 bits tell any two keys of a blocklist apart. */
export const KEY_HASH_HEX_CHARS = 16;

/** Keeps a message under one billing unit of 64 KB at ordinary UserIDs. */
export const MESSAGE_MAX_PAIRS = 500;
/** The same for decided items, which are larger. */
export const MESSAGE_MAX_DECIDED = 300;
/** Pairs that cannot be stored are kept as far as one message holds them. People read the dead letter. */
export const UNSTORABLE_MAX_PAIRS = 500;
export const UNSTORABLE_MAX_BYTES = 40_000;
export const UNSTORABLE_MAX_DEPTH = 20;
/** Queues bills by 64 KB and refuses messages over 128 KB. */
export const MESSAGE_MAX_BYTES = 60_000;
/**
 * So many entries of any event fit, and need not be measured. Texts of an entry are cut at 128 characters of
 * at most 6 bytes, and keys have 512 bytes. Pairs that cannot be stored have their own limit.
 */
export const SMALL_EVENT_MAX_ENTRIES = 16;
/**
 * A sendBatch takes 256 KB, and each message counts with some overhead. It also takes at most 100 messages.
 * Events never reach that: an event becomes several messages only if each has some kilobytes.
 * https://developers.cloudflare.com/queues/platform/limits/
 */
export const SEND_BATCH_MAX_BYTES = 240_000;
export const SEND_BATCH_MAX_MESSAGES = 100;
/** One request reads, applies or sends, and settles dead letters. So many of the largest are 12 MB. */
export const REDRIVE_MAX_LETTERS = 100;
/** A page of dead letters contains their bodies. So many of the largest are 2 MB. */
export const LETTERS_DEFAULT = 20;

/** A bound parameter of D1 may have 2 MB. https://developers.cloudflare.com/d1/platform/limits/ */
export const D1_PARAMETER_MAX_BYTES = 1_900_000;

/**
 * The delays between the tries of a message. The first ends before anybody misses the change. The longest
 * keeps a database that is down from being asked all the time. A hundred tries (the most that Queues makes)
 * last about three days, within the queue's four days of retention.
 */
export const RETRY_DELAY_MIN_SECONDS = 5;
export const RETRY_DELAY_MAX_SECONDS = 3_600;
/**
 * A dead letter that cannot be stored has no queue behind it. A hundred tries last about twelve days. Its
 * queue can be configured to keep messages for fourteen.
 */
export const DEAD_LETTER_RETRY_DELAY_MAX_SECONDS = 4 * 3_600;

/** D1 gives a query 30 s. One that has not ended after 40 s will not end. */
export const BATCH_TIMEOUT_MS = 40_000;
/**
 * 15 statements find one bad message among a hundred. An invocation on the free plan may make 50 in all.
 * Messages that are left over come again.
 */
export const BISECT_MAX_TRIES = 40;

/**
 * Wrangler knows no parameters, so redriving puts the rows into the statement's text. D1 limits that text to
 * 100 KB. This is half of it: a text may be all apostrophes, and each is written twice.
 */
export const REDRIVE_MAX_BYTES = 45_000;

/** Texts of a callback are recorded up to this length. No UserID, platform or address is longer. */
export const RECORDED_TEXT_MAX_CHARS = 128;
/**
 * It takes some 0.1 ms to build a record of so many items, before the reply is sent. A larger one waits for
 * a turn of the event loop, which would cost every callback as much.
 */
export const RECORD_AT_ONCE_MAX_ITEMS = 100;
/** Nobody waits for a record. An invocation may go on for 30 s after its answer. */
export const RECORD_TIMEOUT_MS = 10_000;
/**
 * A record is one small statement, of some milliseconds. If a database takes so much longer, it is
 * overloaded. Then the queue brings it a hundred records in one statement.
 */
export const RECORD_TABLE_TIMEOUT_MS = 5_000;

/** https://developers.cloudflare.com/analytics/analytics-engine/limits/: so many per invocation. */
export const DATA_POINTS_MAX = 25;

/** The number of waiting dead letters need not be exact above this. */
export const DEAD_LETTERS_COUNTED_MAX = 10_000;
/** A monitor waits for /health. A part that has not answered by then is reported as unreadable. */
export const HEALTH_TIMEOUT_MS = 3_000;

/** A queue keeps a message for up to 14 days. A tombstone must outlive a message that could undo it. */
export const TOMBSTONE_MIN_DAYS = 15;
export const RETENTION_DEFAULT_DAYS = 30;
export const RETENTION_MAX_DAYS = 3_650;

/**
 * The hourly run may make so many statements in all databases together. It is a few less than the thousand
 * that D1 lets an invocation make. A step takes no more than half of what is left, so that none starves. A
 * step with nothing to do takes nothing. 440 slices of records an hour are a hundred million a day.
 * https://developers.cloudflare.com/d1/platform/limits/
 */
export const SWEEP_STATEMENTS_PER_RUN = 900;
/** Of these, each database needs so many besides slices: where walks stand, old counts, dead letters. */
export const SWEEP_STATEMENTS_PER_DATABASE = 8;

/**
 * A slice reads its rows three times: to find its end, and to look for tombstones twice. SQLite takes some
 * 20 ms for it if the pages are in memory. Changes can wait so long. Some 150 slices an hour pass fifteen
 * million rows. So they pass the largest table in half a day.
 */
export const TOMBSTONE_SLICE_ROWS = 100_000;
/** Bounds what one run writes: three rows for each dead letter, including its two indexes. */
export const SETTLED_DEAD_LETTERS_PER_RUN = 1_000;

/** A page of the read API: about 20 kB of JSON, and at most about 200 kB. */
export const PAGE_DEFAULT_ROWS = 100;
export const PAGE_MAX_ROWS = 1_000;

/**
 * A sync shows once more what was written in the last minutes. The clock of a database may be set back. When
 * the database, or a user's rows, move to another machine, another clock counts. Clocks of servers differ by
 * milliseconds. If they differ by minutes, no certificate and no signature holds.
 */
export const SINCE_OVERLAP_MS = 300_000;

/** Three times the friends that Tencent allows a user, or the lists of many: 1 MB, and one statement. */
export const LISTS_MAX_FRIENDS = 10_000;
export const LISTS_MAX = 200;
/** Rows that are compared with lists at once, some 10 MB. The table may have rows that no list has. */
export const LISTS_MAX_ROWS = 50_000;
/** A list does not have the changes made since it was read. The older it is, the less it tells. */
export const LIST_AGE_MAX_MS = 3_600_000;
/** Seconds given as milliseconds are a time in 1970. This is a time in 2001. */
export const MS_MIN = 1_000_000_000_000;
/** A body may be wrong in ten thousand places. So many are enough to read. */
export const PROBLEMS_MAX = 5;

/**
 * Recommendations look at so many rows of the user's own list (Tencent allows 3,000 friends; the rest is for
 * tombstones). They also look at so many rows of so many friends' lists. That is some 20,000 rows, or 3 cents
 * for a thousand readings, however many friends they have.
 */
export const RECOMMENDATION_OWN_MAX_ROWS = 5_000;
export const RECOMMENDATION_FRIENDS_MAX = 200;
export const RECOMMENDATION_FRIENDS_OF_FRIEND_MAX_ROWS = 100;
/** So many of the best candidates are checked, some at a time, until the answer is full. */
export const RECOMMENDATION_CANDIDATES_MAX = 200;
export const RECOMMENDATION_CANDIDATES_MIN_AT_ONCE = 20;
export const RECOMMENDATIONS_DEFAULT = 20;
export const RECOMMENDATIONS_MAX = 100;

/** A slice takes some 50 ms. New records can wait so long. */
export const DECIDED_SLICE_ROWS = 10_000;

/**
 * A slice of a move. Its rows travel through the Worker, 1 MB or so, in some 100 ms. A search by time passes
 * more rows of the table, but few of them travel.
 */
export const MOVE_SLICE_ROWS = 5_000;
export const MOVE_CHANGES_SLICE_ROWS = 50_000;

/** /v1/stats counts so many of a day's newest records. It reads no further row, and takes some 50 ms. */
export const STATS_DECIDED_MAX_ROWS = 50_000;

/** As for tombstones, and for all users at once. */
export const ERASURE_SLICE_ROWS = 100_000;

/** Each reads so many of the newest records of each table, and no further row: some 50 ms. */
export const EFFECTS_MAX_ROWS = 50_000;
export const EFFECTS_DAYS = 7;
/** So many rules get a figure. Nobody scrolls through more. */
export const EFFECTS_MAX = 1_000;
export const HISTORY_MAX_ROWS = 50_000;
/** A page of a user's decisions searches so many records, to show so many of the user's. */
export const DECISIONS_SCAN_MAX_ROWS = 20_000;
export const DECISIONS_MAX = 100;
/** Adding up reads a slice four times: some 200 ms. Forty slices an hour are 100 million records a day. */
export const HISTORY_SLICE_ROWS = 100_000;
/** How long the added-up hours are kept: a day longer than they are shown. */
export const HISTORY_DAYS = 31;
/** Ten lists of a thousand keys, one after the other: a second. */
export const PAIR_LISTS_MAX = 10;
export const USER_RULES_MAX = 1_000;

/** Each request for the latest changes counts as watching for so long. The console asks every few seconds. */
export const WATCH_MS = 120_000;
export const WATCH_RENEW_MS = 60_000;
/** If nobody watches, the consumer asks again after so long. Changes after that are shown. */
export const WATCH_CHECK_MS = 2_000;
export const RECENT_TIMEOUT_MS = 3_000;
/** So many of the changes that are applied at once, and so many times that in an answer: some 100 kB. */
export const RECENT_CHANGES_MAX = 100;
export const RECENT_ROWS_MAX = 20;
export const RECENT_MS = 3_600_000;
