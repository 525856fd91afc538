import type { Wire } from '../api';
import { href } from '../route';
import { date, duration, reasons } from '../words';

type Event = Wire['Event'];

const outcomes: Partial<Record<string, { text: string; tone: string }>> = {
  'connection.admitted': { text: 'admitted', tone: 'good' },
  'connection.queued': { text: 'queued', tone: 'accent' },
  'connection.failed': { text: 'refused', tone: 'bad' },
  'connection.timeout': { text: 'timed out', tone: 'bad' },
  'connection.throttled': { text: 'locked', tone: 'bad' },
};

/** How each attempt ended and why, the newest first. */
export function Attempts({ events, shown }: { events: Event[] | null; shown: number }) {
  if (events === null) return <p class="hint">Reading the events.</p>;
  const ended = events.filter(({ event }) => outcomes[event]).slice(0, shown);
  if (ended.length === 0) return <p class="hint">No attempt is known.</p>;
  return (
    <section
      class="rows"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label="Attempts, the newest first"
    >
      <table class="attempts">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Outcome</th>
            <th scope="col">Why</th>
            <th scope="col">Where</th>
          </tr>
        </thead>
        <tbody>
          {ended.map((e) => (
            <tr key={e.seq}>
              <td>
                <time dateTime={e.time} title={e.time}>
                  {date(e.time)}
                </time>
              </td>
              <td>
                <span class={`pill ${outcomes[e.event]?.tone}`}>{outcomes[e.event]?.text}</span>
              </td>
              <td>{why(e)}</td>
              <td>
                {e.attemptId ? (
                  <a href={href('events', '', { attempt: e.attemptId })}>{e.instanceId || 'events'}</a>
                ) : (
                  e.instanceId
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function why(e: Event): string {
  if (e.reason) return `${reasons[e.reason] ?? e.reason} (${e.reason})`;
  const wait = e.data?.waitSeconds;
  return typeof wait === 'number' ? `after ${duration(wait)} in the queue` : '';
}
