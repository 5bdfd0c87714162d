import { spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { outputOf } from "../lib/child.ts";
import { EXIT } from "../lib/tool.ts";
import { root } from "../lib/wrangler.ts";
import { type Deployment, type Done, StepError } from "./deployment.ts";

/** A new address of workers.dev is known everywhere within a minute or two. */
const PATIENCE_MS = 180_000;
const PAUSE_MS = 2_000;

/** What the doctor prints with --json (docs/tools.md). */
type Finding = { level: string; what: string; found: string; todo?: string };

/** Where Tencent sends callbacks. */
export function callbackUrl({ url, config }: Deployment): string {
  return `${url}${config.vars.CALLBACK_PATH || "/"}`;
}

/** The doctor's findings, once the address answers. */
export async function examine(deployment: Deployment): Promise<Done> {
  const { url, isDryRun, config, secrets, signal } = deployment;
  if (isDryRun) return { did: "would examine the address that the upload prints" };
  if (url === undefined) {
    return {
      did: "not asked",
      warning: "the Worker has no address: see routes in friendgate.toml",
    };
  }
  await answering(url, signal);
  const token = secrets.CALLBACK_TOKEN ?? process.env.CALLBACK_TOKEN;
  if (!token) {
    return {
      did: `${url}/health answers ok; with CALLBACK_TOKEN in the environment, it checks all`,
    };
  }
  const doctor = join(root, "tools/doctor/main.ts");
  const child = spawn(process.execPath, [doctor, "--json", "--url", callbackUrl(deployment)], {
    stdio: ["ignore", "pipe", "pipe"],
    // Secrets go in the environment. Only the user can read it.
    env: {
      ...process.env,
      SDK_APP_ID: String(config.vars.SDK_APP_ID),
      CALLBACK_TOKEN: token,
      API_TOKEN: secrets.API_TOKEN ?? process.env.API_TOKEN ?? "",
    },
    signal,
  });
  const { code, stdout, stderr } = await outputOf(child);
  const { findings }: { findings: Finding[] } = JSON.parse(stdout || '{"findings":[]}');
  const notGood = findings.filter(({ level }) => level === "failed" || level === "warning");
  const words = notGood.map(
    ({ level, what, found, todo }) => `${level}: ${what}: ${found} → ${todo}`,
  );
  if (code !== EXIT.done) {
    throw new StepError(
      ["the Worker is deployed, and not as it should be:", ...words, stderr.trim()].join("\n"),
      "do what each arrow above says",
      code ?? EXIT.unreachable,
    );
  }
  const good = findings.filter(({ level }) => level === "ok").length;
  return {
    did: `${good} of ${findings.length} checks are ok`,
    ...(words.length > 0 && { warning: words.join("\n") }),
  };
}

/** Waits until the Worker says that it is well. At first an older version may answer, or nothing. */
async function answering(url: string, signal: AbortSignal): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS;
  for (;;) {
    const said = await health(url, signal);
    if (said === "200") return;
    if (Date.now() > endMs) {
      throw new StepError(
        `${url}/health does not answer ok: ${said}`,
        "`npx wrangler tail` shows what is wrong",
      );
    }
    await wait(PAUSE_MS, undefined, { signal });
  }
}

async function health(url: string, signal: AbortSignal): Promise<string> {
  try {
    const response = await fetch(`${url}/health`, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]),
    });
    return response.ok ? "200" : `HTTP ${response.status} ${(await response.text()).slice(0, 200)}`;
  } catch (error) {
    signal.throwIfAborted();
    return error instanceof Error ? String(error.cause ?? error) : String(error);
  }
}
