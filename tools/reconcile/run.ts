import { shown } from "../../src/spreadsheet/written.ts";
import { progress } from "../lib/progress.ts";
import { apiTokenOf, localUrl } from "../lib/target.ts";
import { EXIT, interrupted, printJson, say, ToolError } from "../lib/tool.ts";
import { appIdOf, followsOf, keyOf, type Options, tencentOf, usersOf } from "./options.ts";
import { progressText, type Report, reportJson, reportText } from "./report.ts";
import { stateFile } from "./state.ts";
import { type Tell, work } from "./work.ts";

const LINE_EVERY_MS = 5_000;

export async function reconcileUsers(given: Options): Promise<void> {
  const options = { ...given, url: given.url ?? localUrl() };
  const { url, admin: identifier, rate, concurrency, sample, pairs, json } = options;
  const tencent = tencentOf(options);
  const [appId, key, token] = [appIdOf(options), keyOf(tencent), apiTokenOf(url)];
  const users = await usersOf(options);
  const follows = followsOf(options);
  // The next run would draw another sample.
  const file = sample === undefined ? (options.state ?? stateFile(url, appId)) : undefined;

  const total = follows === "nobody" ? (sample ?? users?.length) : undefined;
  const bar = progress("users", total, LINE_EVERY_MS);
  const beganMs = performance.now();
  let done = 0;
  const tell: Tell = {
    onGoingOn: (before) => say(`going on after ${before} users, from ${file}`),
    onLeftOut(userId, because) {
      if (options.names) bar.above(() => say(shown(`${userId}: ${because}`)));
    },
    onProgress(found, before) {
      done = found.users;
      const elapsedMs = performance.now() - beganMs;
      bar.update(done, progressText(found, { done: done - before, total, elapsedMs }));
    },
  };
  const how = { sample, follows, dryRun: options.dryRun === true, rate, concurrency, pairs };
  const whose = { url, token, tencent, appId, key, identifier, users };
  const report = await work({ ...whose, ...how, stateFile: file, signal: interrupted }, tell)
    .catch((error) => {
      throw interrupted.aborted ? interruption(done) : error;
    })
    .finally(() => bar.stop());

  if (json) printJson(reportJson(report));
  else console.log(reportText(report));
  process.exitCode = exitCodeOf(report);
}

/** The exit code of the tool. */
export function exitCodeOf({ dryRun, found: { failed, missing, extra } }: Report): number {
  if (failed > 0) return EXIT.unreachable;
  return dryRun && missing + extra > 0 ? EXIT.no : EXIT.done;
}

function interruption(users: number): ToolError {
  const todo = "the same command goes on from there";
  return new ToolError(`interrupted after ${users} users`, todo, EXIT.interrupted);
}
