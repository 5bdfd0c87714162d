import { whole } from "./figures.ts";
import { DATABASE_MAX_BYTES } from "./platform.ts";
import type { Conditions, PartName, Results } from "./results.ts";
import { EVALUATED_MAX_KIB, GZIP_MAX_KIB } from "./startup.ts";

/** The same table for the terminal and for docs/performance.md. */
export type Table = { title: string; head: string[]; rows: string[][] };

/** The measurements of a part, in a form for people. */
export function tablesOf(name: PartName, results: Results): Table[] {
  return results[name] === undefined ? [] : TABLES[name](results);
}

/** The comparisons, one in each line. */
export function ratiosOf({ edge, relay, peers, shards }: Results): string[] {
  return [
    ...(edge?.result ?? []).map(
      ({ workload, ofFloor, ofFloorByCpu, before, checking }) =>
        `${workload}: ${ofFloor} of the floor's requests/s, ${ofFloorByCpu ?? "unknown"} by CPU` +
        `; checking alone, ${checking.ofFloor} and ${checking.ofFloorByCpu ?? "unknown"}` +
        (before ? `; before, ${before.ofFloor} and ${before.ofFloorByCpu ?? "unknown"}` : ""),
    ),
    ...[relay?.result ?? []]
      .flat()
      .flatMap(({ ofRelay, ofRelayByCpu, slowToQuick }) => [
        `passing on: ${ofRelay} of a bare relay's requests/s, ${ofRelayByCpu ?? "unknown"} by CPU`,
        `friend added, with a slow backend: ${slowToQuick} of the time with a quick one`,
      ]),
    ...(shards?.result.batches ?? []).map(
      ({ messages, pairs, pairsOf, mostToOne, deployments }) => {
        const most = deployments.at(-1)?.databases;
        return `${messages} × ${pairs} of a ${pairsOf}: ${most} databases on one machine apply ${mostToOne} of one's pairs/s`;
      },
    ),
    ...(peers?.result ?? []).map(({ workload, contenders }) => {
      const [ours, ...others] = contenders;
      const ratios = others.map(
        ({ name, cpuMicroseconds }) =>
          `${((ours?.cpuMicroseconds ?? Number.NaN) / cpuMicroseconds).toFixed(2)} of ${name}'s`,
      );
      return `${workload}: CPU is ${ratios.join(", ")}`;
    }),
  ];
}

const TABLES: Record<PartName, (results: Results) => Table[]> = {
  counts: ({ counts }) => [
    {
      title: "Each callback, counted",
      head: [
        "Callback",
        "Items",
        "KV reads",
        "KV keys",
        "Queue operations",
        "D1 statements",
        "Rows read",
        "Rows written",
        "Dollars a million",
      ],
      rows: (counts?.result ?? [])
        .flatMap(({ before, ...now }) => [
          now,
          ...(before ? [{ ...before, kind: `… ${named("before", counts)}`, size: now.size }] : []),
        ])
        .map((one) => [
          one.kind,
          whole(one.size),
          whole(one.kvOperations),
          whole(one.keysRead),
          whole(one.queueOperations),
          whole(one.statements),
          whole(one.rowsRead),
          whole(one.rowsWritten),
          one.dollarsPerMillion.toFixed(2),
        ]),
    },
  ],
  edge: ({ edge }) => [
    {
      title: "In workerd, against the floor",
      head: [
        "Callback, items",
        "Worker",
        "Requests/s",
        "Rounds",
        "CPU µs",
        "Of the floor, by requests/s",
        "… by CPU",
      ],
      rows: (edge?.result ?? []).flatMap((result) =>
        result.contenders.map((one) => {
          const against = {
            friendgate: result,
            before: result.before,
            "floor, checking": result.checking,
            floor: undefined,
            "floor, silent": undefined,
          }[one.name];
          return [
            result.workload,
            named(one.name, edge),
            whole(one.perSecond),
            range(one.spread),
            one.cpuMicroseconds?.toFixed(0) ?? "",
            against?.ofFloor.toFixed(2) ?? "",
            against?.ofFloorByCpu?.toFixed(2) ?? "",
          ];
        }),
      ),
    },
  ],
  relay: ({ relay }) => [
    {
      title: "Passing on, against a bare relay",
      head: ["Worker", "Requests/s", "Rounds", "CPU µs", "Of the relay, by requests/s", "… by CPU"],
      rows: (relay?.result.contenders ?? []).map((one) => [
        one.name,
        whole(one.perSecond),
        range(one.spread),
        one.cpuMicroseconds?.toFixed(0) ?? "",
        one.name === "friendgate" ? (relay?.result.ofRelay.toFixed(2) ?? "") : "",
        one.name === "friendgate" ? (relay?.result.ofRelayByCpu?.toFixed(2) ?? "") : "",
      ]),
    },
    {
      title: "Friend added, while the backend is quick or slow",
      head: ["Backend's latency, ms", "p50 ms", "p99 ms", "p50, slow to quick"],
      rows: (relay?.result.friendAdded ?? []).map((one) => [
        whole(one.latencyMs),
        one.p50Ms.toFixed(2),
        one.p99Ms.toFixed(2),
        one.latencyMs > 0 ? (relay?.result.slowToQuick.toFixed(2) ?? "") : "",
      ]),
    },
  ],
  peers: ({ peers }) => [
    {
      title: "Against what one would pick instead",
      head: ["Callback, items", "Contender", "CPU µs", "Rounds", "p50 µs", "p99 µs"],
      rows: (peers?.result ?? []).flatMap(({ workload, contenders }) =>
        contenders.map((one) => [
          workload,
          named(one.name, peers),
          one.cpuMicroseconds.toFixed(0),
          range(one.spread),
          one.p50.toFixed(0),
          one.p99.toFixed(0),
        ]),
      ),
    },
  ],
  consumer: ({ consumer }) => [
    {
      title: "The consumer",
      head: [
        "Messages × pairs",
        "Of",
        "Statements",
        "Rows in the table",
        "Pairs/s",
        "µs a pair",
        "Rounds",
        "Largest to smallest table",
      ],
      rows: (consumer?.result.batches ?? []).flatMap((batch) =>
        batch.tables.map((table, index) => [
          `${batch.messages} × ${batch.pairs}`,
          batch.pairsOf === "list" ? "a list" : "all over the table",
          whole(batch.statements),
          whole(table.rows),
          whole(table.pairsPerSecond),
          table.microsecondsPerPair.toFixed(1),
          range(table.spread),
          index === 0 ? batch.largestToSmallest.toFixed(2) : "",
        ]),
      ),
    },
    {
      title: "On disk",
      head: ["Bytes a friendship", "Friendships in 10 GB"],
      rows: [
        [
          whole(consumer?.result.bytesPerFriendship ?? 0),
          whole(consumer?.result.friendshipsPerDatabase ?? 0),
        ],
      ],
    },
  ],
  shards: ({ shards }) => [
    {
      title: "The consumer, with several databases",
      head: [
        "Messages × pairs",
        "Of",
        "Databases",
        "Statements",
        "Rows written",
        "Pairs/s",
        "µs a pair",
        "Rounds",
        "Pairs/s, most to one",
      ],
      rows: (shards?.result.batches ?? []).flatMap((batch) =>
        batch.deployments.map((one, index) => [
          `${batch.messages} × ${batch.pairs}`,
          batch.pairsOf === "list" ? "a list" : "all over the table",
          whole(one.databases),
          whole(one.statements),
          whole(one.rowsWritten),
          whole(one.pairsPerSecond),
          one.microsecondsPerPair.toFixed(1),
          range(one.spread),
          index === 0 ? "" : batch.mostToOne.toFixed(2),
        ]),
      ),
    },
  ],
  sizes: ({ sizes }) => [
    {
      title: "On disk, as the consumer writes it",
      head: ["A row", "Bytes", "Rows in 10 GB"],
      rows: Object.entries(sizes?.result.bytesPerRow ?? {}).map(([stored, bytes]) => [
        stored,
        whole(bytes),
        whole(DATABASE_MAX_BYTES / bytes),
      ]),
    },
  ],
  startup: ({ startup }) => {
    const result = startup?.result;
    if (result === undefined) return [];
    const older = result.before;
    const before = named("before", startup);
    return [
      {
        title: `The bundle, of ${GZIP_MAX_KIB} KiB gzipped that it may have, and ${EVALUATED_MAX_KIB} at the start`,
        head: ["Bundle", "KiB", "KiB gzipped"],
        rows: [
          sized("evaluated at the start", result.evaluated),
          sized("all of it", result),
          ...result.contributors.map(({ name, kib }) => [`… of ${name}`, kib.toFixed(1), ""]),
          ...result.alternatives.map((other) => sized(other.name, other)),
          ...(older
            ? [
                sized(`${before}, evaluated at the start`, older.evaluated),
                sized(`${before}, all of it`, older),
              ]
            : []),
        ],
      },
      {
        title: "Start",
        head: ["Worker", "Milliseconds of CPU"],
        rows: [
          ["friendgate", result.startMs.toFixed(0)],
          ...(older ? [[before, older.startMs.toFixed(0)]] : []),
        ],
      },
    ];
  },
  load: ({ load }) => {
    const result = load?.result;
    if (result === undefined) return [];
    return [
      {
        title: "End to end, under load",
        head: ["Figure", "Value"],
        rows: Object.entries(result).map(([name, value]) => [name, String(value)]),
      },
    ];
  },
  soak: ({ soak }) => {
    const result = soak?.result;
    if (result === undefined) return [];
    const workers = [
      { name: "friendgate", ...result },
      ...(result.before ? [{ name: named("before", soak), ...result.before }] : []),
      { name: "control", ...result.control },
    ];
    return [
      {
        title: "Memory, in a soak",
        head: ["Worker", "Callbacks", "MiB after the warm-up", "MiB at the end"],
        rows: workers.map(({ name, callbacks, earlyMib, lateMib }) => [
          name,
          whole(callbacks),
          String(earlyMib ?? ""),
          String(lateMib ?? ""),
        ]),
      },
    ];
  },
};

function named(name: string, measured: Conditions | undefined): string {
  return name === "before" ? `before (${measured?.before})` : name;
}

function sized(name: string, { kib, gzipKib }: { kib: number; gzipKib: number }): string[] {
  return [name, kib.toFixed(1), gzipKib.toFixed(1)];
}

/** How far the rounds were from their median. */
function range([least, most]: [number, number]): string {
  const percent = (part: number) =>
    `${part < 1 ? "−" : "+"}${Math.abs(Math.round((part - 1) * 100))} %`;
  return `${percent(least)} … ${percent(most)}`;
}
