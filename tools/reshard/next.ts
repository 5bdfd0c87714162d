import { momentText } from "../../src/spreadsheet/moment.ts";
import type { Config } from "../lib/config.ts";
import { shellCommand } from "../lib/shell.ts";
import type { Copied } from "./copy.ts";
import type { Plan } from "./parts.ts";

export type Step = { what: string; paste: string };

/** The steps that remain. They lose nothing. They also say at which point one may stop. */
export function stepsAfterCopy(
  { changedSince, before, after }: Copied,
  {
    plan: { to, slots },
    url,
    env,
    isLastCopy,
    config,
  }: { plan: Plan; url: string; env: string | undefined; isLastCopy: boolean; config: Config },
): Step[] {
  const reshard = (...args: string[]) =>
    shellCommand(["npm", "run", "reshard", "--", ...args, "--url", url]);
  const deploy = env === undefined ? "npm run deploy" : `npm run deploy -- --env ${env}`;
  const vars = env === undefined ? "[vars]" : `[env.${env}.vars]`;
  const queue = config.queues.producers.find(({ binding }) => binding === "FRIEND_EVENTS")?.queue;
  const range = ["--to", to, "--slots", slots.join("-")];
  const since = ["--since", momentText(changedSince), ...(env === undefined ? [] : ["--env", env])];
  return [
    ...(isLastCopy
      ? []
      : [
          {
            what: "Hold the queue, so that no reader sees a step back. Tencent is answered all the while",
            paste: `npx wrangler queues pause-delivery ${queue}`,
          },
          { what: "Copy what has changed since", paste: reshard("copy", ...range, ...since) },
        ]),
    {
      what: `Put this into friendgate.toml, under ${vars} (it is ${before} now, which is the way back)`,
      paste: `SHARDS = "${after}"`,
    },
    { what: "Deploy it", paste: deploy },
    {
      what: "A minute later, bring over what was written to the last moment, and remove all at its old place",
      paste: reshard("move"),
    },
    {
      what: "Let the queue deliver, if it is held",
      paste: `npx wrangler queues resume-delivery ${queue}`,
    },
    { what: "Look whether everything lies where it belongs", paste: reshard("check") },
  ];
}

export function stepsText(steps: readonly Step[]): string {
  const lines = steps.map(({ what, paste }, at) => `  ${at + 1}. ${what}:\n       ${paste}`);
  return `Next, in this order:\n${lines.join("\n")}`;
}

export const WAY_BACK =
  "the way back is the old SHARDS in friendgate.toml, deployed, and `npm run reshard -- move` again";
