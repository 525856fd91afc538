import { useEffect, useReducer } from 'preact/hooks';

/** The time, four times a second: a countdown that ticks only each second skips numbers. */
export function useNow(isTicking = true): number {
  const [, tick] = useReducer((ticks: number) => ticks + 1, 0);
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(tick, 250, undefined);
    return () => clearInterval(timer);
  }, [isTicking]);
  // Read anew in every drawing: a state that begins between two ticks must not look a moment in the future.
  return Date.now();
}
