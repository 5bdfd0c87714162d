import { useEffect, useState } from "preact/hooks";

/** Long enough to read. Messages that stay are on the page itself. */
const SHOWN_MS = 10_000;

/**
 * Tells everybody what was done. It is read out, and shown for a while. The same text again counts as new.
 */
export function Said({ said }: { said: { text: string } | undefined }) {
  const [shown, setShown] = useState(said);
  useEffect(() => {
    setShown(said);
    const timer = setTimeout(() => setShown(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <div class="said" role="status">
      {shown?.text}
    </div>
  );
}
