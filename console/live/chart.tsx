import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Bucket } from "../answers.ts";
import { useConsole } from "../context.ts";
import { clock, day } from "../parts/time.tsx";
import type { Step } from "./answers.tsx";

const HEIGHT_PX = 160;

/** A picture for people who can see. The words beside it say the same. */
export function Chart({ buckets, step }: { buckets: readonly Bucket[]; step: Step }) {
  const { texts, language } = useConsole();
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const make = () => {
      plot.current?.destroy();
      const options = optionsOf(element, texts.chart, step, (seconds) => {
        const date = new Date(seconds * 1_000);
        return step === "minute" ? clock(language, date).slice(0, 5) : day(language, date);
      });
      plot.current = new uPlot(options, dataOf(buckets), element);
    };
    make();
    const dark = matchMedia("(prefers-color-scheme: dark)");
    dark.addEventListener("change", make);
    const resized = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT_PX }),
    );
    resized.observe(element);
    return () => {
      resized.disconnect();
      dark.removeEventListener("change", make);
      plot.current?.destroy();
      plot.current = undefined;
    };
    // On purpose: the chart stays, and gets the new figures
  }, [step, language]);
  useEffect(() => plot.current?.setData(dataOf(buckets)), [buckets]);

  return <div class="chart" ref={place} aria-hidden="true" />;
}

function dataOf(buckets: readonly Bucket[]): uPlot.AlignedData {
  return [
    buckets.map(({ at }) => at / 1_000),
    buckets.map(({ answered }) => answered),
    buckets.map(({ refused }) => refused),
    buckets.map(({ observed }) => observed),
  ];
}

type Words = Record<"answered" | "refused" | "observed" | "time", string>;

function optionsOf(
  element: HTMLElement,
  words: Words,
  step: Step,
  timeText: (seconds: number) => string,
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const line = (label: string, name: string, filled = false) => ({
    label,
    stroke: colour(`--chart-${name}`),
    width: 2,
    points: { show: false },
    value: (_: uPlot, value: number | null) => String(value ?? "–"),
    ...(filled && { fill: colour(`--chart-${name}-fill`) }),
  });
  const axis = {
    stroke: colour("--muted"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    cursor: { drag: { x: false, y: false } },
    scales: { y: { range: (_, __, max) => [0, Math.max(4, max * 1.1)] } },
    axes: [
      {
        ...axis,
        size: 30,
        values: (_, splits) => splits.map(timeText),
        space: step === "minute" ? 60 : 130,
      },
      { ...axis, size: 48, incrs: WHOLE_STEPS },
    ],
    series: [
      { label: words.time, value: (_, value) => (value === null ? "–" : timeText(value)) },
      line(words.answered, "answered", true),
      line(words.refused, "refused"),
      line(words.observed, "observed"),
    ],
  };
}

const WHOLE_STEPS = [1, 2, 5]
  .flatMap((step) => [0, 1, 2, 3, 4, 5, 6].map((zeros) => step * 10 ** zeros))
  .sort((a, b) => a - b);
