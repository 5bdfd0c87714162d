import { type Finding, failed, ok, warning } from "./finding.ts";
import { backlogFinding, type Health } from "./health.ts";

type Backend = NonNullable<Health["backend"]>;

/** About the app's own backend, as the Worker sees it, and what waits for it. */
export function backendFindings(backend: Backend): Finding[] {
  return [
    backend.reachable ? answerFinding(backend.status) : unreachableFinding(backend.reason),
    backlogFinding(
      "backend queue",
      backend.queue,
      "they are delivered once the backend takes them: `npx wrangler tail` shows why it does not",
    ),
  ];
}

const WHAT = "backend";

function answerFinding(status: number): Finding {
  if (status >= 200 && status < 300) return ok(WHAT, `answers with ${status}`);
  if (status === 401 || status === 403) {
    return failed(
      WHAT,
      `it refused friendgate's Sign with ${status}: has it the same token?`,
      "give it the CALLBACK_TOKEN of the deployment, and set its clock",
    );
  }
  const found = `answers the console's URL check with ${status}`;
  // Many backends answer only the commands that they know.
  if (status >= 400 && status < 500) {
    return warning(WHAT, found, "check the path of BACKEND_URL, if it should take callbacks there");
  }
  return status >= 300 && status < 400
    ? failed(WHAT, found, "put the address that it names into BACKEND_URL: none is followed")
    : failed(WHAT, found, "see the backend's own log");
}

function unreachableFinding(reason: string): Finding {
  switch (reason) {
    case "late":
      return failed(WHAT, "does not answer in time", "see the backend's own log and its load");
    case "loop":
      return failed(
        WHAT,
        "BACKEND_URL leads back to friendgate",
        "set it to the backend's own address",
      );
    default:
      return failed(
        WHAT,
        "the Worker cannot reach it",
        "see whether it runs, and whether BACKEND_URL is an address that the internet knows",
      );
  }
}
