import type { RecordTo } from "../../src/config.ts";
import { RECORDS } from "./decided.ts";
import { logLines } from "./log.ts";
import { QUESTIONS } from "./tencent.ts";
import { callback } from "./worker.ts";

/**
 * Users who ask and answer while all goes on, each callback under a RequestId of its own.
 *
 * @param recordTo how what was decided is recorded; undefined: nobody asks
 */
export function questionsOf(recordTo: RecordTo | undefined, random: () => number) {
  const items = new Map<string, number>();
  const settings = recordTo && { RECORD_RESPONSES: "all", RECORD_TO: recordTo };
  return {
    settings,
    /** About one of three times; the answer must not tell of what befalls the record. */
    async maybeAsk(env: Env): Promise<void> {
      if (settings === undefined || random() > 0.3) return;
      // Seldom more than a message holds.
      const count = random() < 0.98 ? 1 + Math.floor(random() * 5) : 400;
      const ids = Array.from({ length: count }, (_, index) => `friend-${index}`);
      const RequestId = items.size.toString(16);
      items.set(RequestId, count);
      const { ask } = QUESTIONS[random() < 0.5 ? 0 : 1];
      const { reply } = await callback(ask("asker", ids), { env, query: { RequestId } });
      const refused = reply.ResultItem?.filter(({ ResultCode }) => ResultCode !== 0).length;
      if (refused !== 0) throw new Error(`answered otherwise: ${JSON.stringify(reply)}`);
    },
    /**
     * What the record has of it. Lost: none of a callback, and no line says so. Wrong: a part of it, or
     * more than it.
     */
    async compared(db: D1Database) {
      const stored = new Map<string, number>();
      for (const { table } of RECORDS) {
        const { results } = await db
          .prepare(`SELECT request_id, count(*) AS n FROM ${table} GROUP BY request_id`)
          .all<{ request_id: string; n: number }>();
        for (const { request_id, n } of results) stored.set(request_id, n);
      }
      const linesOf = (event: string, field: string) =>
        logLines().filter((line) => line.event === event && field in line && "items" in line);
      const missed = linesOf("failed", "queue");
      const told = new Set(missed.map(({ requestId }) => requestId));
      const asked = [...items];
      return {
        questions: items.size,
        recordedByQueue: linesOf("enqueued", "table").length,
        notRecorded: missed.length,
        recordLost: asked.filter(([id]) => !stored.has(id) && !told.has(id)).length,
        recordWrong: asked.filter(([id, count]) => (stored.get(id) ?? count) !== count).length,
      };
    },
  };
}
