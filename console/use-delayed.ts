import { useEffect, useState } from "preact/hooks";

/** Longer than the time between two letters that somebody types. */
const DELAY_MS = 300;

/** What was typed, after a short pause in typing. The Worker need not see each letter. */
export function useDelayed(text: string): string {
  const [delayed, setDelayed] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(text), DELAY_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return delayed;
}
