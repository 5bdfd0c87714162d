import { latencyOf, latencyText } from "../lib/latency.ts";
import { shownJson } from "../lib/terminal.ts";
import { REPLY_TIMEOUT_MS } from "../tencent/effect.ts";
import { TABLES } from "./happening.ts";
import type { Figures } from "./progress.ts";
import type { RecordMode } from "./record.ts";
import type { Hit, SpamReport } from "./spam-report.ts";
import type { TableResult, TrafficResult } from "./traffic.ts";

export type Report = {
  figures: Figures;
  elapsedMs: number;
  result: TrafficResult;
  recordMode: RecordMode;
  /** The command that removes the rows; undefined where nothing was taken. */
  removal: string | undefined;
};

type Row = [count: number, name: string, meaning: string];

/** So many pairs are shown of each kind of difference. */
const SHOWN_PAIRS = 10;

/** What the traffic found: each figure with its meaning. */
export function reportText(report: Report): string {
  const { figures, elapsedMs, result, recordMode, removal } = report;
  const { friends, blacklist } = result.tables;
  const sum = (of: (table: TableResult) => number) => of(friends) + of(blacklist);
  const latency = latencyOf(figures.durationsMs);
  const seconds = (elapsedMs / 1000).toFixed(1);
  const rows: Row[] = [
    [
      figures.sent,
      "sent",
      `callbacks, in ${seconds} s${latency ? `: ${latencyText(latency)}` : ""}`,
    ],
    [figures.ok, "OK", `answered as the protocol wants it, within ${REPLY_TIMEOUT_MS / 1000} s`],
    [figures.failed, "failed", "answered otherwise, late, or not at all"],
    [figures.blocked, "refused", "friend requests and responses: what they ask for did not happen"],
    [
      sum(({ misled }) => misled),
      "misled",
      "pairs that end differently: a younger change arrived first",
    ],
    [friends.pairs, "friendships", "what the friends table must have, by the order of arrival"],
    [blacklist.pairs, "blacklisted", "what the blacklist must have, by the order of arrival"],
    [
      sum(({ difference }) => difference.missing.length),
      "missing",
      "pairs by that truth, and not in the table",
    ],
    [
      sum(({ difference }) => difference.extra.length),
      "extra",
      "in the table, and no callback ever said so",
    ],
    [
      sum(({ difference }) => difference.stale.length),
      "stale",
      "in the table as an earlier callback said: deleted or changed since",
    ],
    [
      sum(({ difference }) => difference.unsure),
      "not compared",
      "pairs of callbacks without an OK: nobody can know",
    ],
    [result.record.recorded, "recorded", "answers to requests and responses, in the record"],
    [
      result.record.unrecorded,
      "unrecorded",
      `answered, and not in the record (RECORD_RESPONSES is ${recordMode})`,
    ],
    [result.record.invented, "invented", "in the record, and never answered"],
    ...driftRows(result.unheard),
    ...spamRows(result.spam),
  ];
  const pairs = TABLES.flatMap((table) => {
    const { missing, extra, stale } = result.tables[table].difference;
    return Object.entries({ missing, extra, stale }).flatMap(([name, list]) =>
      list.slice(0, SHOWN_PAIRS).map((pair) => `  ${name} in ${table}: ${shownJson(pair)}`),
    );
  });
  return [
    ...rows.map(([count, name, what]) => `${name.padEnd(13)}${String(count).padStart(8)}  ${what}`),
    ...pairs,
    ...(removal === undefined
      ? []
      : ["", "To remove what its users have left in the tables:", removal]),
  ].join("\n");
}

/** The differences between the table and Tencent, though the table has what it was told. */
function driftRows(unheard: TrafficResult["unheard"]): Row[] {
  if (unheard === undefined) return [];
  const { lost, drift } = unheard;
  return [
    [lost, "lost", "happenings whose changes nobody was told of"],
    [
      drift.missing + drift.extra,
      "drift",
      `pairs by which the friends table is not as Tencent's lists: ${drift.missing} missing, ` +
        `${drift.extra} extra; npm run reconcile finds them`,
    ],
  ];
}

/** If somebody spams: who was refused, after how many requests, and who was refused by mistake. */
function spamRows({ refused, observed, ...all }: SpamReport): Row[] {
  if (all.spammers === 0) return [];
  const rowsOf = (hit: Hit, caught: string, mistaken: string, verb: string): Row[] => [
    [
      hit.spammers,
      caught,
      `spammers of ${all.spammers} ${verb}, in ${hit.spamRequests} of ${all.spamRequests} requests` +
        (hit.passedBefore === null
          ? ""
          : `, after ${hit.passedBefore.least} to ${hit.passedBefore.most} that passed ` +
            `(half of them by ${hit.passedBefore.median})`),
    ],
    [
      hit.otherUsers,
      mistaken,
      `others of ${all.otherUsers} ${verb}, in ${hit.otherRequests} of ${all.otherRequests} requests`,
    ],
  ];
  return [
    ...rowsOf(refused, "caught", "by mistake", "refused"),
    // If everything is in force, there is nothing to tell.
    ...(observed.spamRequests + observed.otherRequests === 0
      ? []
      : rowsOf(observed, "would catch", "would mistake", "only observed")),
  ];
}

/** `missing`, `extra` and `stale` are still those of the friends table. */
export function reportJson({ figures, elapsedMs, result, removal }: Report) {
  const { durationsMs, blocked: refused, ...counts } = figures;
  const { friends, blacklist } = result.tables;
  const { pairs: friendships, ...ofFriends } = tableJson(friends);
  return {
    ...counts,
    refused,
    elapsedMs: Math.round(elapsedMs),
    latencyMs: latencyOf(durationsMs) ?? null,
    friendships,
    ...ofFriends,
    blacklist: tableJson(blacklist),
    record: result.record,
    lost: result.unheard?.lost ?? 0,
    drift: result.unheard?.drift ?? null,
    spam: result.spam.spammers === 0 ? null : result.spam,
    removal: removal ?? null,
  };
}

function tableJson({ pairs, misled, difference }: TableResult) {
  const { missing, extra, stale, unsure: notCompared } = difference;
  return { pairs, misled, missing, extra, stale, notCompared };
}
