import type { Finding } from "./finding.ts";
import { failed, ok, warning } from "./finding.ts";
import type { Health } from "./health.ts";

/** What runs, whether its rules are in force, and whether callbacks arrive. An older version tells none of it. */
export function trafficFindings({ version, blocklistMode, callbacks }: Health): Finding[] {
  return [
    ...(version ? [ok("version", `friendgate ${version.friendgate} (${version.deployment})`)] : []),
    ...(blocklistMode ? [modeFinding(blocklistMode)] : []),
    ...(callbacks ? [arrivalFinding(callbacks)] : []),
  ];
}

function modeFinding(mode: NonNullable<Health["blocklistMode"]>): Finding {
  return mode === "enforce"
    ? ok("rules", "in force")
    : warning("rules", "none refuses anything: BLOCKLIST_MODE is observe", "take it away again");
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
