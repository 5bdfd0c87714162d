import { useEffect, useState } from "preact/hooks";

/** Long enough to be read; what is said for good stands on the page. */
const SHOWN_MS = 10_000;

/** What was done, for everybody: it is read out, and shown for a while. Each time is a thing of its own. */
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
