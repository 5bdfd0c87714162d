import { env } from "cloudflare:workers";
import { afterAll, describe, it, vi } from "vitest";
import { selectDeadLetters } from "../../src/db/dead-letters.ts";
import { checkAuthenticity } from "../../src/tencent/url.ts";
import { ask } from "../support/api.ts";
import { anyCallback } from "../support/backend.ts";
import { seededRandom } from "../support/random.ts";
import { MAX_RETRIES, type QueueFaults, SimulatedQueue } from "../support/simulated-queue.ts";
import { callbackRequest, TOKEN } from "../support/tencent.ts";
import { envWith, fetchInFront } from "../support/worker.ts";

/**
 * The fault harness of what is passed on: the Worker, its consumer and D1 are real; the queue is simulated,
 * and so is the backend, which fails as its scenario says and checks Sign as strictly as friendgate
 * does. Tencent sends a callback once, and whatever was answered OK has to arrive.
 */
type Scenario = {
  name: string;
  callbacks: number;
  /** How often the backend answers 500, and how often it is not there for some callbacks. */
  fails?: number;
  restarts?: number;
  /** How often nothing comes back, though half of these callbacks have arrived. */
  hangs?: number;
  /** How often it has taken a callback, and its answer is lost or a failure. */
  answersTwice?: number;
  queue?: Partial<QueueFaults>;
};

const SCENARIOS: readonly Scenario[] = [
  { name: "nothing fails", callbacks: 2_000 },
  { name: "the backend fails", callbacks: 5_000, fails: 0.3 },
  { name: "the backend restarts", callbacks: 5_000, restarts: 0.01 },
  { name: "the backend hangs", callbacks: 2_000, hangs: 0.02 },
  { name: "its answers are lost", callbacks: 3_000, answersTwice: 0.2 },
  {
    name: "the queue fails, too",
    callbacks: 4_000,
    fails: 0.3,
    queue: { sendRejects: 0.2, handlerDies: 0.2, copies: 2 },
  },
  {
    name: "all of it, few retries",
    callbacks: 3_000,
    fails: 0.1,
    restarts: 0.005,
    hangs: 0.005,
    answersTwice: 0.1,
    queue: { sendRejects: 0.1, handlerDies: 0.1, maxRetries: 3 },
  },
];

const START_MS = 1_800_000_000_000;
const AT_ONCE = 50;
const totals = { callbacks: 0, arrived: 0, twice: 0, lost: 0, refusedSigns: 0 };

describe("whatever fails, what was answered OK arrives at the backend", () => {
  it.for(SCENARIOS.map((scenario, index) => ({ ...scenario, seed: index + 1 })))(
    "$name: $callbacks callbacks",
    async (scenario, { expect }) => {
      vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"], now: START_MS });
      const { figures, arrivals, answeredOk } = await play(scenario);
      const lost = answeredOk.filter((id) => !arrivals.has(id)).length;
      const twice = [...arrivals.values()].filter((times) => times > 1).length;
      totals.callbacks += scenario.callbacks;
      totals.arrived += arrivals.size;
      totals.twice += twice;
      totals.lost += lost;
      totals.refusedSigns += figures.refusedSigns;
      console.info(
        `${scenario.name}: ${Object.entries({ ...figures, arrived: arrivals.size, twice, lost })
          .map(([name, figure]) => `${name} ${figure}`)
          .join(", ")}`,
      );
      expect({ lost, refusedSigns: figures.refusedSigns }).toEqual({ lost: 0, refusedSigns: 0 });
      // What was to fail has failed, and nothing else.
      const { fails, restarts, hangs, answersTwice, queue } = scenario;
      expect(figures.failures > 0).toBe((fails ?? restarts ?? hangs ?? answersTwice) !== undefined);
      expect(answeredOk.length < scenario.callbacks).toBe(queue?.sendRejects !== undefined);
      expect(figures.deadLetters > 0).toBe(queue?.maxRetries !== undefined);
      expect(twice > 0).toBe((hangs ?? answersTwice ?? queue?.copies) !== undefined);
    },
  );

  afterAll(() => {
    console.info(
      `in all: ${Object.entries(totals)
        .map(([name, figure]) => `${name} ${figure}`)
        .join(", ")}`,
    );
  });
});

async function play(scenario: Scenario & { seed: number }) {
  const random = seededRandom(scenario.seed);
  const backend = faultyBackend(scenario, random);
  const queue = new SimulatedQueue(
    random,
    { sendRejects: 0, handlerDies: 0, copies: 1, maxRetries: MAX_RETRIES, ...scenario.queue },
    "backend-callbacks",
  );
  const settings = { BACKEND: backend, BACKEND_CALLBACKS: queue, API_TOKEN: "local-api-token" };
  const workerEnv = envWith(settings);
  const answeredOk: string[] = [];

  /** Signs made anew would not be missed if no time went by; a breaker has had enough by then, too. */
  const deliver = async () => {
    vi.setSystemTime(Date.now() + 90_000);
    await queue.deliver(workerEnv);
  };
  for (let first = 0; first < scenario.callbacks; first += AT_ONCE) {
    const ids = Array.from({ length: AT_ONCE }, (_, offset) => String(first + offset));
    await Promise.all(
      ids.map(async (id) => {
        const request = await callbackRequest(anyCallback("State.StateChange", { id }));
        const { response } = fetchInFront(request, workerEnv);
        if ((await response).ok) answeredOk.push(id);
      }),
    );
    if (random() < 0.3) await deliver();
  }
  let deadLetters = 0;
  do {
    while (!queue.isEmpty) await deliver();
    deadLetters += await redriveAll(settings);
  } while (!queue.isEmpty);
  const { failures, refusedSigns, arrivals } = backend;
  return {
    figures: {
      answeredOk: answeredOk.length,
      failures,
      refusedSigns,
      ...queue.figures,
      deadLetters,
    },
    arrivals,
    answeredOk,
  };
}

function faultyBackend(
  { fails = 0, restarts = 0, hangs = 0, answersTwice = 0 }: Scenario,
  random: () => number,
) {
  let awayFor = 0;
  return {
    failures: 0,
    refusedSigns: 0,
    arrivals: new Map<string, number>(),

    async fetch(request: Request): Promise<Response> {
      const { searchParams } = new URL(request.url);
      const proof = {
        sign: searchParams.get("Sign") ?? undefined,
        requestTime: searchParams.get("RequestTime") ?? undefined,
      };
      if (!(await checkAuthenticity(proof, { current: TOKEN }, Date.now())).authentic) {
        this.refusedSigns += 1;
        return new Response("", { status: 401 });
      }
      const { id } = (await request.json()) as { id: string };
      const take = () => this.arrivals.set(id, (this.arrivals.get(id) ?? 0) + 1);

      if (random() < restarts) awayFor = 30;
      const fate = random();
      if (awayFor > 0) {
        awayFor -= 1;
        this.failures += 1;
        throw new TypeError("Network connection lost.");
      }
      if (fate < fails) {
        this.failures += 1;
        return new Response("", { status: 500 });
      }
      if (fate < fails + hangs) {
        this.failures += 1;
        if (random() < 0.5) take();
        // The time in which nothing comes back.
        void vi.advanceTimersByTimeAsync(20_000);
        return new Promise(() => {});
      }
      take();
      if (fate < fails + hangs + answersTwice) {
        this.failures += 1;
        if (random() < 0.5) return new Response("", { status: 502 });
        throw new TypeError("Network connection lost.");
      }
      return new Response("");
    },
  };
}

/** As an operator does; how many there were. */
async function redriveAll(settings: Record<string, unknown>): Promise<number> {
  let count = 0;
  for (;;) {
    const letters = await selectDeadLetters(env.DB, { status: "waiting" }, 100);
    if (letters.length === 0) return count;
    count += letters.length;
    const body = { ids: letters.map(({ id }) => id) };
    await ask("/v1/dead-letters/redrive", { method: "POST", body, env: settings });
  }
}
