import * as z from "zod";
import { backoffMs, TRIES_MAX } from "../lib/backoff.ts";
import { CLOCK, type Clock } from "../lib/clock.ts";
import { type ToolError, UsageError } from "../lib/tool.ts";
import { type Act, actOn } from "./codes.ts";
import type { Pace } from "./pace.ts";
import type { Signer } from "./signer.ts";

export type RestOptions = {
  /** The address of Tencent's REST API. */
  tencent: string;
  appId: number;
  identifier: string;
  signer: Signer;
  pace: Pace;
  signal: AbortSignal;
  clock?: Clock;
};

export type Called =
  | { outcome: "answered"; answer: unknown }
  /** Tencent has no such account. Only this user is left out. */
  | { outcome: "skipped"; because: string }
  | { outcome: "failed"; because: string };

export type Rest = { call(path: string, body: object): Promise<Called> };

/** Tencent's own backend gives up after 3 s. After that, no answer comes any more. */
const TIMEOUT_MS = 10_000;

const frameSchema = z.object({ ErrorCode: z.int() });

/** Tencent's REST API. Each call waits for its turn, and is repeated where that may help. */
export function createRest(options: RestOptions): Rest {
  const { pace, signer, signal, clock = CLOCK } = options;
  return {
    async call(path, body) {
      let signedAgain = false;
      for (let tries = 1; ; tries += 1) {
        await pace.turn(signal);
        const userSig = await signer.current();
        const { answer, ...tried } = await once(options, path, body, userSig);
        switch (tried.act) {
          case "take":
            pace.answered();
            return { outcome: "answered", answer };
          case "skip":
            pace.answered();
            return { outcome: "skipped", because: tried.because };
          case "give-up":
            return { outcome: "failed", because: tried.because };
          case "stop":
            throw new UsageError(tried.problem, tried.todo);
          case "sign-again":
            if (signedAgain) throw clockIsWrong();
            signedAgain = true;
            signer.expired(userSig);
            break;
          case "slower":
            pace.slower();
            break;
        }
        if (tries === TRIES_MAX) return { outcome: "failed", because: whyNot(tried, tries) };
        if (tried.act !== "sign-again") await clock.wait(backoffMs(tries, Math.random()), signal);
      }
    },
  };
}

type Tried = Act & { answer?: unknown; said?: string };

async function once(
  { tencent, appId, identifier, signal }: RestOptions,
  path: string,
  body: object,
  userSig: string,
): Promise<Tried> {
  const url = new URL(path, tencent);
  const [random] = crypto.getRandomValues(new Uint32Array(1));
  url.search = new URLSearchParams({
    ...{ sdkappid: String(appId), identifier, usersig: userSig },
    ...{ random: String(random), contenttype: "json" },
  }).toString();
  let status: number;
  let text: string;
  try {
    const response = await fetch(url, {
      method: "POST",
      body: JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), signal]),
    });
    status = response.status;
    text = await response.text();
  } catch {
    signal.throwIfAborted();
    // An error of fetch may quote the URL. The URL has the UserSig.
    return { act: "again", said: "did not answer" };
  }
  if (status !== 200) return actOnStatus(status, url.origin);
  const answer = jsonIn(text);
  const frame = frameSchema.safeParse(answer);
  if (!frame.success) return { act: "again", said: "answered something else than its JSON" };
  const { ErrorCode: code } = frame.data;
  return { ...actOn(code), answer, said: `answered the code ${code}` };
}

/** Tencent always answers with HTTP 200. Another status comes from something on the way. */
function actOnStatus(status: number, origin: string): Tried {
  if (status >= 500 || status === 429) return { act: "again", said: `answered HTTP ${status}` };
  return {
    act: "stop",
    problem: `${origin} answers HTTP ${status}, which Tencent's REST API never does`,
    todo: "check --region or --tencent, and that no proxy stands between",
  };
}

function whyNot({ said = "" }: Tried, tries: number): string {
  return `Tencent ${said}, ${tries} times`;
}

function clockIsWrong(): ToolError {
  return new UsageError(
    "Tencent finds a UserSig expired that was made this moment",
    "set this machine's clock",
  );
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
