import { env } from "cloudflare:workers";
import { describe, it } from "vitest";
import { compared, play, type Scenario } from "../support/fault-harness.ts";

const SCENARIOS: readonly Scenario[] = [
  { name: "nothing fails", events: 6_000, eventTime: false },
  { name: "send rejects", events: 5_000, eventTime: false, queue: { sendRejects: 0.3 } },
  { name: "send hangs", events: 600, eventTime: true, hangingWaves: 150 },
  { name: "D1 rejects once, often", events: 8_000, eventTime: true, databaseRejects: 0.2 },
  {
    name: "D1 rejects for a while",
    events: 8_000,
    eventTime: false,
    databaseRejects: 0.02,
    outageStatements: 60,
  },
  { name: "the table refuses a row", events: 4_000, eventTime: true, poison: 0.02 },
  { name: "the handler dies", events: 8_000, eventTime: true, queue: { handlerDies: 0.3 } },
  { name: "everything thrice", events: 8_000, eventTime: false, queue: { copies: 3 } },
  {
    name: "all of it, few retries",
    events: 5_000,
    eventTime: true,
    queue: { sendRejects: 0.2, handlerDies: 0.2, copies: 3, maxRetries: 3 },
    databaseRejects: 0.05,
    outageStatements: 20,
  },
  {
    ...{ name: "one of 8 databases is away, again and again", databases: 8, readers: 30 },
    ...{ events: 3_000, eventTime: true, databaseRejects: 0.01, outageStatements: 20 },
  },
  {
    ...{ name: "slots move between 8 databases, and all of it", databases: 8, reshards: true },
    ...{ readers: 30, events: 4_000, eventTime: true, databaseRejects: 0.02, outageStatements: 10 },
    queue: { sendRejects: 0.2, handlerDies: 0.2, copies: 3, maxRetries: 3 },
  },
  ...(["queue", "table"] as const).map(
    (recordTo): Scenario => ({
      ...{ name: `what was decided is recorded by the ${recordTo}, and all of it`, recordTo },
      ...{ events: 2_000, eventTime: true, databaseRejects: 0.05, outageStatements: 20 },
      queue: { sendRejects: 0.2, handlerDies: 0.2, copies: 3, maxRetries: 3 },
    }),
  ),
];

/** Seeds of further rounds begin behind those of all rounds before. */
const firstSeed = 1 + 1_000 * Number(env.TEST_FAULTS_ROUND);

describe("whatever fails, no event is lost and none applied wrongly", () => {
  it.for(SCENARIOS.map((scenario, index) => ({ ...scenario, seed: firstSeed + index })))(
    "$name: $events events",
    async (scenario, { expect }) => {
      const { figures, tables, misread, misplaced } = await play(scenario);
      const { lost, wrong } = compared(tables, scenario.eventTime);
      const rows = tables.map((table) => table.stored.length);
      const { events, ...others } = figures;
      console.info(
        `faults: ${JSON.stringify({ scenario: scenario.name, callbacks: events, ...others, lost, wrong, misread, misplaced })}`,
      );
      expect({ lost, wrong, deleted: figures.deleted }).toEqual({ lost: 0, wrong: 0, deleted: 0 });
      expect(rows).toEqual(tables.map(({ wanted }) => wanted.length));
      expect({ misread, misplaced }).toEqual({ misread: 0, misplaced: 0 });
      expect(figures.syncs > 50).toBe(scenario.readers !== undefined);
      expect(figures.blacklistEvents / figures.events).toBeGreaterThan(0.25);

      const { questions, recordedByQueue, notRecorded, recordLost, recordWrong } = figures;
      expect({ recordLost, recordWrong }).toEqual({ recordLost: 0, recordWrong: 0 });
      const isRecorded = scenario.recordTo !== undefined;
      expect([questions > 500, notRecorded > 0]).toEqual([isRecorded, isRecorded]);
      expect(recordedByQueue > 0).toBe(scenario.recordTo === "table");

      // What was to fail has failed.
      expect(figures.sendsFailed > 0).toBe(
        (scenario.queue?.sendRejects ?? scenario.hangingWaves) !== undefined,
      );
      expect(figures.statementsFailed > 0).toBe(scenario.databaseRejects !== undefined);
      expect(figures.handlersDied > 0).toBe(scenario.queue?.handlerDies !== undefined);
      const exhausts = scenario.queue?.maxRetries !== undefined;
      expect(figures.deadLetters > 0).toBe(exhausts || scenario.poison !== undefined);
    },
  );
});
