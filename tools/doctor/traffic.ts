import type { Finding } from "./finding.ts";
import { failed, ok, warning } from "./finding.ts";
import type { Health } from "./health.ts";

/**
 * Which version runs, whether its rules are in force, and whether callbacks arrive. An older version
 * tells none of it.
 */
export function trafficFindings(health: Health): Finding[] {
  const { version, blocklistMode, callbacks } = health;
  return [
    ...(version ? [ok("version", `friendgate ${version.friendgate} (${version.deployment})`)] : []),
    ...(blocklistMode ? [modeFinding(blocklistMode)] : []),
    ...limitFindings(health),
    ...(callbacks ? [arrivalFinding(callbacks)] : []),
  ];
}

function modeFinding(mode: NonNullable<Health["blocklistMode"]>): Finding {
  return mode === "enforce"
    ? ok("rules", "in force")
    : warning("rules", "none refuses anything: BLOCKLIST_MODE is observe", "take it away again");
}

/** Limits may be off or only observed on purpose. */
function limitFindings({ requestRate, requestsPerDay }: Health): Finding[] {
  if (requestRate === undefined || requestsPerDay === undefined) return [];
  const words = { off: "off", observe: "only observed", enforce: "in force" };
  const told = `by the minute ${words[requestRate]}, by the day ${words[requestsPerDay]}`;
  return [ok("request limits", told)];
}

function arrivalFinding({ lastAt, silent, signsWrong }: NonNullable<Health["callbacks"]>): Finding {
  const token = "is the token in the IM console the Worker's CALLBACK_TOKEN?";
  if (signsWrong) return failed("callbacks", "most of them fail their Sign", token);
  if (lastAt === null) return ok("callbacks", "none within a day");
  const found = `the last one by ${new Date(lastAt).toISOString()}`;
  return silent
    ? failed("callbacks", `${found}, and there are usually more`, `see the console's URL; ${token}`)
    : ok("callbacks", found);
}
