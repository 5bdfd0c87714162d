import { useCallback, useEffect, useState } from "preact/hooks";
import type { Failure } from "./ask.ts";
import { useConsole } from "./context.ts";

export type Read<T> = {
  /** The last answer, also while a new one is being read. */
  value: T | undefined;
  failure: Failure | undefined;
  isLoading: boolean;
  reload: () => void;
};

/** Reads a path of the API. While somebody looks, it reads again every so many milliseconds. */
export function useRead<T>(path: string, everyMs?: number): Read<T> {
  const { ask, session } = useConsole();
  const [turn, setTurn] = useState(0);
  const [read, setRead] = useState<Omit<Read<T>, "reload"> & { path: string }>({
    path,
    value: undefined,
    failure: undefined,
    isLoading: true,
  });
  const reload = useCallback(() => setTurn((last) => last + 1), []);

  // On purpose: reads again with another turn or session
  useEffect(() => {
    const left = new AbortController();
    setRead((last) => ({
      path,
      value: last.path === path ? last.value : undefined,
      failure: last.path === path ? last.failure : undefined,
      isLoading: true,
    }));
    ask<T>(path, { signal: left.signal }).then((answer) => {
      if (left.signal.aborted) return;
      setRead((last) =>
        answer.ok
          ? { path, value: answer.value, failure: undefined, isLoading: false }
          : { path, value: last.value, failure: answer.failure, isLoading: false },
      );
    });
    return () => left.abort();
  }, [path, turn, session, ask]);

  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(() => document.visibilityState === "visible" && reload(), everyMs);
    return () => clearInterval(timer);
  }, [everyMs, reload]);

  return { ...read, reload };
}
