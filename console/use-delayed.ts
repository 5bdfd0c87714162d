import { useEffect, useState } from "preact/hooks";

/** Longer than between two letters of who types. */
const DELAY_MS = 300;

/** What was typed, when nothing more has been typed for a moment: the Worker need not see each letter. */
export function useDelayed(text: string): string {
  const [delayed, setDelayed] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(text), DELAY_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return delayed;
}
