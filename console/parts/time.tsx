import { useConsole } from "../context.ts";

/**
 * A moment in the reader's zone: the time for today, the day for others. Pointing at it shows the exact time.
 */
export function Time({ at }: { at: number }) {
  const { language } = useConsole();
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  return (
    <time datetime={date.toISOString()} title={exact(language, date)}>
      {isToday ? clock(language, date) : day(language, date)}
    </time>
  );
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** To make a formatter takes longer than everything that is shown with it. */
function format(language: string, name: string, options: Intl.DateTimeFormatOptions) {
  const key = `${language} ${name}`;
  const known = formats.get(key) ?? new Intl.DateTimeFormat(language, options);
  formats.set(key, known);
  return known;
}

export function clock(language: string, date: Date): string {
  const options = {
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
    hourCycle: "h23",
  } as const;
  return format(language, "clock", options).format(date);
}

export function day(language: string, date: Date): string {
  const options = {
    year: "numeric",
    month: "short",
    day: "numeric",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  } as const;
  return format(language, "day", options).format(date);
}

export function exact(language: string, date: Date): string {
  const options = {
    dateStyle: "full",
    timeStyle: "long",
  } as const;
  const milliseconds = String(date.getMilliseconds()).padStart(3, "0");
  return `${format(language, "exact", options).format(date)} (+${milliseconds} ms)`;
}
