import { query, type Wire } from '../api';

type Event = Wire['Event'];
export type EventQuery = Record<string, string | number | boolean | undefined>;

/** Reads a bounded number of events; what cannot be read is none. */
export async function readEvents(parameters: EventQuery): Promise<Event[]> {
  const events: Event[] = [];
  try {
    const response = await fetch(`/admin/api/events${query(parameters)}`, { signal: AbortSignal.timeout(20_000) });
    if (response.ok)
      for (const line of (await response.text()).split('\n')) if (line) events.push(JSON.parse(line) as Event);
  } catch {
    // As if there were none: the page says so, and asks again at the next change.
  }
  return events;
}

/** Follows the log: `hears` gets what comes, in the order of the log, until the signal ends it. */
export async function followEvents(
  parameters: EventQuery,
  signal: AbortSignal,
  hears: (events: Event[]) => void,
): Promise<void> {
  const response = await fetch(`/admin/api/events${query({ ...parameters, follow: true })}`, { signal });
  if (!response.ok || !response.body) throw new Error(`${response.status}`);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    hears(lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Event));
  }
}
