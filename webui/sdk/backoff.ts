/** Bounds of the wait between two tries, in milliseconds. */
export interface BackOff {
  baseMs: number;
  capMs: number;
}

/**
 * Short enough that a restarted server has its players back within seconds, wide enough that
 * thousands of them do not come in the same instant.
 */
export const reconnectBackOff: BackOff = { baseMs: 1_000, capMs: 5_000 };

/**
 * Full jitter: anything between nothing and an exponentially growing, bounded ceiling.
 * `tries` counts the failures in a row before this wait; `random` is in [0, 1).
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
 */
export function fullJitterMs(tries: number, random: number, { baseMs, capMs }: BackOff): number {
  const ceiling = Math.min(capMs, baseMs * 2 ** Math.min(tries, 30));
  return Math.floor(random * ceiling);
}
