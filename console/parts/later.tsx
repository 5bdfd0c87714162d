import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useConsole } from "../context.ts";

type Props<P> = { load: () => Promise<ComponentType<P>>; props: P };

/** A part whose code is loaded when it is first shown. */
export function Later<P>({ load, props }: Props<P>) {
  const { texts } = useConsole();
  const [state, setState] = useState<{ View?: ComponentType<P>; isAway?: boolean }>({});
  useEffect(() => {
    load().then(
      (View) => setState({ View }),
      () => setState({ isAway: true }),
    );
  }, [load]);
  if (state.isAway) return <p class="notice bad">{texts.partAway}</p>;
  const { View } = state;
  return View === undefined ? (
    <p class="loading">{texts.loading}</p>
  ) : (
    <View {...(props as P & object)} />
  );
}
