import { useState } from "preact/hooks";
import type { History } from "../answers.ts";
import { useConsole } from "../context.ts";
import { Section } from "../parts/field.tsx";
import { Later } from "../parts/later.tsx";
import { FailureNotice } from "../parts/notice.tsx";
import { useRead } from "../use-read.ts";

const STEPS = ["minute", "hour", "day"] as const;
export type Step = (typeof STEPS)[number];

/** The Worker counts the minutes anew each time. Hours and days change slowly. */
const AGAIN_MS = { minute: 20_000, hour: 300_000, day: 300_000 };

/** How many were answered and how many refused, by the minute, hour or day. */
export function Answers() {
  const { texts } = useConsole();
  const [step, setStep] = useState<Step>("minute");
  const { value, failure, reload } = useRead<History>(`/v1/history?by=${step}`, AGAIN_MS[step]);
  const buckets = value?.buckets ?? [];
  const sum = (name: "answered" | "refused" | "observed") =>
    buckets.reduce((total, bucket) => total + bucket[name], 0);
  return (
    <Section
      title={texts.chart.title}
      aside={
        <fieldset class="segments" aria-label={texts.chart.by}>
          {STEPS.map((each) => (
            <button
              key={each}
              type="button"
              class="plain small"
              aria-pressed={each === step}
              onClick={() => setStep(each)}
            >
              {texts.chart[each]}
            </button>
          ))}
        </fieldset>
      }
    >
      {failure !== undefined && <FailureNotice texts={texts} failure={failure} onRetry={reload} />}
      <figure>
        <Later load={chart} props={{ buckets, step }} />
        <figcaption class="muted">
          {value === undefined
            ? texts.loading
            : texts.chart.summary(sum("answered"), sum("refused"), sum("observed"))}{" "}
          {value?.truncated && texts.chart.truncated}
        </figcaption>
      </figure>
    </Section>
  );
}

const chart = () => import("./chart.tsx").then(({ Chart }) => Chart);
