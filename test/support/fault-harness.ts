import type { RecordTo } from "../../src/config.ts";
import type { Databases } from "../../src/db/databases.ts";
import { selectDeadLetters } from "../../src/db/dead-letters.ts";
import type { PairsChanged } from "../../src/db/pairs/table.ts";
import { redrive } from "../../src/db/redrive.ts";
import type { FriendsChanged } from "../../src/events/kinds.ts";
import { toOrderKey } from "../../src/events/order-key.ts";
import { boundDatabases, databasesIn, evenly } from "./databases.ts";
import { deploymentOf } from "./deployment.ts";
import { type Fault, faultyDatabase } from "./faults.ts";
import {
  blackList,
  type Directed,
  friendList,
  LISTS,
  type List,
  type Row,
  stored,
} from "./lists.ts";
import { PairsModel } from "./model.ts";
import { questionsOf } from "./questions.ts";
import { seededRandom } from "./random.ts";
import { readersOf } from "./readers.ts";
import { reshard } from "./reshard.ts";
import { MAX_RETRIES, type QueueFaults, SimulatedQueue } from "./simulated-queue.ts";
import { callback, envWith } from "./worker.ts";

/**
 * The fault harness: the Worker, its consumer and D1 are real; the queue is simulated, so that it
 * can do its worst; whatever fails is drawn from a seed. Of the events some 30 % are about blacklists,
 * and the others about friends. It plays a Tencent that sends a callback
 * again when it is answered FAIL, so that in the end the tables must hold every event: what was
 * answered OK is sent once, and may not be lost.
 */
export type Scenario = {
  name: string;
  events: number;
  /** Whether callbacks have an EventTime, many of them the same, and come in any order. */
  eventTime: boolean;
  queue?: Partial<QueueFaults>;
  /** How often a statement fails; of those, every third has run, and only its answer is lost. */
  databaseRejects?: number;
  /** How many statements of the database fail after one that does. */
  outageStatements?: number;
  /** How often a pair is one that the table itself refuses, until somebody mends it. */
  poison?: number;
  /** How many callbacks come at once; of every second wave no send comes back. */
  hangingWaves?: number;
  /** How many databases the users are spread over; one where it is left out. */
  databases?: number;
  /** In the middle an eighth of all slots moves to the last database, which was empty, while all goes on. */
  reshards?: true;
  /** How many users' lists somebody syncs all along. */
  readers?: number;
  /** That users ask and answer all along, and how what was decided is recorded. */
  recordTo?: RecordTo;
};

/** One for all: the seed decides which events are of one time. */
const START_MS = Date.now() - 60_000;

/** @returns what happened, what the tables and the record hold and ought to, and the lists that readers ended with wrong */
export async function play(scenario: Scenario & { seed: number }) {
  const random = seededRandom(scenario.seed);
  const queue = new SimulatedQueue(random, {
    sendRejects: 0,
    handlerDies: 0,
    copies: 1,
    maxRetries: MAX_RETRIES,
    ...scenario.queue,
  });
  const bound = await boundDatabases(scenario.databases ?? 1);
  const names = Object.keys(bound);
  const faulty = Object.entries(bound).map(
    ([name, db]) => [name, faultyDatabase(db, databaseFaults(scenario, random))] as const,
  );
  const questions = questionsOf(scenario.recordTo, random);
  const deployment = deploymentOf(
    random,
    { FRIEND_EVENTS: queue, ...Object.fromEntries(faulty), ...questions.settings },
    evenly(scenario.reshards ? names.slice(0, -1) : names),
  );
  const models = new Map(LISTS.map((list) => [list, new PairsModel()]));
  const readers = readersOf(scenario.readers ?? 0, random);
  const figures = { events: scenario.events, blacklistEvents: 0, pairs: 0, failAnswers: 0 };
  const resharding = scenario.reshards && reshard(deployment, names.at(-1) as string);
  if (scenario.poison !== undefined) await refusePoison(bound);

  const send = async (body: object) => {
    for (let tries = 0; tries < 200; tries++) {
      const { reply } = await callback(body, { env: deployment.anyEnv() });
      if (reply.ActionStatus === "OK") return;
      figures.failAnswers += 1;
    }
    throw new Error("never answered OK");
  };

  const wave = scenario.hangingWaves ?? 1;
  for (let first = 0; first < scenario.events; first += wave) {
    queue.hangs = scenario.hangingWaves !== undefined && (first / wave) % 2 === 0;
    const bodies = Array.from({ length: wave }, (_, offset) => {
      const { list, body, event } = draw(scenario, random, first + offset);
      models.get(list)?.apply(event);
      if (list === blackList) figures.blacklistEvents += 1;
      figures.pairs += event.pairs.length;
      return body;
    });
    await Promise.all(bodies.map(send));
    await questions.maybeAsk(deployment.anyEnv());
    if (random() < 0.02) await queue.deliver(deployment.anyEnv());
    if (random() < 0.02) await readers.syncOne(deployment.databases());
    if (resharding && first > scenario.events / 3 && random() < 0.05) await resharding.next();
  }
  while (resharding && !(await resharding.next()).done) await queue.deliver(deployment.anyEnv());
  while (!queue.isEmpty) await queue.deliver(deployment.anyEnv());

  if (scenario.poison !== undefined) await mendPoison(bound);
  const databases = databasesIn(envWith({ ...bound, SHARDS: deployment.shards() }));
  const deadLetters = await redriveAll(databases);
  await readers.syncAll(databases);
  const tables = await Promise.all(
    [...models].map(async ([list, model]) => ({
      stored: (await Promise.all(databases.all.map(({ db }) => stored(list, db)))).flat(),
      wanted: model.rows(),
    })),
  );
  const sum = (figure: "statements" | "failures") =>
    faulty.reduce((total, [, db]) => total + db[figure], 0);
  return {
    figures: {
      ...figures,
      ...queue.figures,
      statements: sum("statements"),
      statementsFailed: sum("failures"),
      deadLetters,
      ...readers.figures,
      ...(await questions.compared(databases.records.db)),
    },
    tables,
    misread: readers.misread(new Map([...models].map(([list, model]) => [list, model.rows()]))),
    misplaced: await misplacedIn(databases),
  };
}

/** How many rows are in a database that has not their user's slot. */
async function misplacedIn({ of, all }: Databases): Promise<number> {
  const rows = await Promise.all(
    all.flatMap((database) =>
      LISTS.map(async (list) =>
        (await stored(list, database.db)).filter(({ user_id }) => of(user_id) !== database),
      ),
    ),
  );
  return rows.flat().length;
}

type Drawn = { list: List; body: object; event: PairsChanged };

/** One callback, and the event that it stands for. */
function draw(
  { events, eventTime, poison = 0 }: Scenario,
  random: () => number,
  index: number,
): Drawn {
  const whole = (below: number) => Math.floor(random() * below);
  const list = random() < 0.3 ? blackList : friendList;
  const adds = random() < 0.6;
  // Mostly one pair, sometimes more, seldom more than a message holds; of a universe in which
  // some pairs change often and others once.
  const size = random() < 0.8 ? 1 : random() < 0.99 ? 1 + whole(5) : 600;
  const pairs = Array.from({ length: size }, (): Directed => {
    const user = `user-${whole(events / 10)}`;
    return [user, random() < poison ? `poison-${whole(50)}` : `friend-${whole(20)}`];
  });

  // Many events of one millisecond, and in no order.
  const eventTimeMs = START_MS + whole(50);
  // Without EventTime callbacks count in the order in which they come.
  const orderKey = eventTime ? toOrderKey(eventTimeMs) : index + 1;
  const event = (adds ? list.added : list.deleted)(pairs, orderKey);
  const body = {
    CallbackCommand: COMMANDS[event.type],
    PairList: pairs.map(([From_Account, To_Account]) => ({ From_Account, To_Account })),
    ...(eventTime && { EventTime: eventTimeMs }),
  };
  return event.type === "friends-added"
    ? withAttributes({ list, body, event }, random)
    : { list, body, event };
}

const COMMANDS = {
  "friends-added": "Sns.CallbackFriendAdd",
  "friends-deleted": "Sns.CallbackFriendDelete",
  "blacklist-added": "Sns.CallbackBlackListAdd",
  "blacklist-deleted": "Sns.CallbackBlackListDelete",
};

/** An addition of friends says how it came about. */
function withAttributes(
  { list, body, event }: Drawn & { body: { PairList: object[] }; event: FriendsChanged },
  random: () => number,
): Drawn {
  const forced = random() < 0.3;
  const admin = random() < 0.2 ? "admin" : null;
  const source = random() < 0.5 ? "friend_add" : "friend_response";
  const pairs = event.pairs.map(([user, friend]): FriendsChanged["pairs"][number] => [
    ...([user, friend] as const),
    [user, friend, null][Math.floor(random() * 3)] ?? null,
  ]);
  return {
    list,
    body: {
      ...body,
      PairList: body.PairList.map((pair, index) => ({
        ...pair,
        Initiator_Account: pairs[index]?.[2] ?? "",
      })),
      ...{ ClientCmd: source, Admin_Account: admin ?? "", ForceFlag: forced ? 1 : 0 },
    },
    event: { ...event, source, adminId: admin, forced, pairs },
  };
}

const OUTAGES = [
  "D1_ERROR: Network connection lost.",
  "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
  "D1_ERROR: D1 DB storage operation exceeded timeout which caused object to be reset.",
  "D1_ERROR: Cannot resolve D1 DB due to transient issue on remote node.",
];

function databaseFaults(
  { databaseRejects = 0, outageStatements = 1 }: Scenario,
  random: () => number,
): () => Fault {
  let left = 0;
  let faults = 0;
  return () => {
    if (left === 0 && random() < databaseRejects) left = outageStatements;
    if (left === 0) return undefined;
    left -= 1;
    faults += 1;
    const error = new Error(OUTAGES[faults % OUTAGES.length]);
    return faults % 3 === 0 ? { afterwards: error } : error;
  };
}

/** A rule of each table's own, for as long as nobody mends it. */
async function refusePoison(bound: Record<string, D1Database>): Promise<void> {
  for (const db of Object.values(bound)) {
    for (const { kind, other } of LISTS) {
      await db
        .prepare(`
CREATE TRIGGER poison_${kind} BEFORE INSERT ON ${kind} WHEN NEW.${other} LIKE 'poison-%'
BEGIN SELECT RAISE(ABORT, 'refused'); END`)
        .run();
    }
  }
}

async function mendPoison(bound: Record<string, D1Database>): Promise<void> {
  for (const db of Object.values(bound)) {
    for (const { kind } of LISTS) await db.prepare(`DROP TRIGGER poison_${kind}`).run();
  }
}

/** How many dead letters there were. */
async function redriveAll(databases: Databases): Promise<number> {
  let count = 0;
  for (;;) {
    const letters = await selectDeadLetters(databases.records.db, { status: "waiting" }, 100);
    if (letters.length === 0) return count;
    const nowMs = Date.now();
    const outcomes = await redrive(databases, letters, {
      nowMs,
      oldestMs: nowMs - 86_400_000,
      isChecked: false,
    });
    const others = [...outcomes.values()].filter((outcome) => outcome !== "redriven");
    if (others.length > 0) throw new Error(`not redriven: ${others}`);
    count += letters.length;
  }
}

/**
 * Lost: a row that is missing, or that an older event left. Wrong: any other difference. Without
 * EventTime the Worker's clock gives the times, and the order is what is compared.
 */
export function compared(tables: { stored: Row[]; wanted: Row[] }[], withTimes: boolean) {
  const pairOf = (row: Row) => JSON.stringify([row.user_id, row.other_id]);
  const contentOf = ({ order_key, added_at, deleted_at, ...row }: Row) =>
    JSON.stringify({
      ...row,
      deleted: deleted_at !== null,
      ...(withTimes && { order_key, added_at, deleted_at }),
    });
  let lost = 0;
  let wrong = 0;
  for (const { stored, wanted } of tables) {
    const rows = new Map(stored.map((row) => [pairOf(row), row]));
    for (const row of wanted) {
      const found = rows.get(pairOf(row));
      rows.delete(pairOf(row));
      if (found === undefined || (withTimes && found.order_key < row.order_key)) lost += 1;
      else if (contentOf(found) !== contentOf(row)) wrong += 1;
    }
    wrong += rows.size;
  }
  return { lost, wrong };
}
