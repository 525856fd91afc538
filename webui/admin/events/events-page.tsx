import { useEffect, useState } from 'preact/hooks';
import { query, type Wire } from '../api';
import { Card, Input, Tick } from '../kit/bits';
import { time } from '../words';
import { type EventQuery, followEvents, readEvents } from './event-stream';

type Event = Wire['Event'];

const fields = ['event', 'instance', 'account', 'character', 'session', 'attempt', 'reason'] as const;
type Filter = Record<(typeof fields)[number] | 'from' | 'since' | 'before', string>;

const shownMost = 500;
const retryPause = 3000;

/** The log of events: live at its end, or from a moment on. */
export function EventsPage({ search }: { search: URLSearchParams }) {
  const [filter, setFilter] = useState<Filter>(() => readFilter(search));
  const [applied, apply] = useState(filter);
  const isPast = Boolean(applied.from || applied.since || applied.before);
  const [isLive, setLive] = useState(!isPast);
  const events = useEvents(applied, isLive);
  const set = (name: keyof Filter) => (value: string) => setFilter({ ...filter, [name]: value });

  function submit(event: SubmitEvent): void {
    event.preventDefault();
    apply(filter);
    if (filter.from) setLive(false);
  }
  return (
    <>
      <h1>Events</h1>
      <Card title="Which events">
        <form onSubmit={submit}>
          <div class="form-grid narrow-fields">
            <Input
              label="Event"
              hint="such as queue. or connection.failed"
              value={filter.event}
              onChange={set('event')}
            />
            <Input label="Instance" value={filter.instance} onChange={set('instance')} />
            <Input label="Reason" value={filter.reason} onChange={set('reason')} />
            <Input label="Account id" value={filter.account} onChange={set('account')} />
            <Input label="Character id" value={filter.character} onChange={set('character')} />
            <Input label="Session id" value={filter.session} onChange={set('session')} />
            <Input label="Attempt id" value={filter.attempt} onChange={set('attempt')} />
            <Input label="Jump to a time" type="datetime-local" step={1} value={filter.from} onChange={set('from')} />
          </div>
          <div class="buttons">
            <Tick label="Live" value={isLive} onChange={setLive} />
            <button type="submit" class="primary">
              Show
            </button>
            <a class="button" href={`/admin/api/events${query(parameters(applied))}`} download="events.ndjson">
              Export as NDJSON
            </a>
          </div>
        </form>
      </Card>
      <Card title={isLive ? 'As they happen' : 'From that moment on'}>
        <EventTable events={events} isLive={isLive} />
      </Card>
    </>
  );
}

function EventTable({ events, isLive }: { events: Event[] | null; isLive: boolean }) {
  const [open, setOpen] = useState(0);
  if (events === null) return <p class="hint">Reading the events.</p>;
  if (events.length === 0) return <p class="hint">No such event{isLive && ' yet'}.</p>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="rows" tabIndex={0} aria-label="Events, the newest first">
      <table class="event-table">
        <thead>
          <tr>
            <th scope="col">No.</th>
            <th scope="col">Time</th>
            <th scope="col">Event</th>
            <th scope="col">Reason</th>
            <th scope="col" class="extra">
              Instance
            </th>
          </tr>
        </thead>
        <tbody>
          {events.map((e) => (
            <>
              <tr key={e.seq}>
                <td>
                  <button
                    type="button"
                    class="quiet small"
                    aria-expanded={open === e.seq}
                    onClick={() => setOpen(open === e.seq ? 0 : e.seq)}
                  >
                    {e.seq}
                  </button>
                </td>
                <td>
                  <time dateTime={e.time} title={e.time}>
                    {time(e.time)}
                  </time>
                </td>
                <td>{e.event}</td>
                <td>{e.reason}</td>
                <td class="extra">{e.instanceId}</td>
              </tr>
              {open === e.seq && (
                <tr key={`${e.seq} whole`}>
                  <td colSpan={5}>
                    <pre>{JSON.stringify(e, null, 2)}</pre>
                  </td>
                </tr>
              )}
            </>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function readFilter(search: URLSearchParams): Filter {
  const read = (name: string) => search.get(name) ?? '';
  const filter = Object.fromEntries(fields.map((name) => [name, read(name)])) as Filter;
  return { ...filter, from: read('from'), since: read('since'), before: read('before') };
}

function parameters({ from, ...rest }: Filter): EventQuery {
  return { ...rest, from: from && new Date(from).toISOString() };
}

/** The chosen events, the newest first, at most so many; null until they are known. */
function useEvents(filter: Filter, isLive: boolean): Event[] | null {
  const [events, setEvents] = useState<Event[] | null>(null);
  useEffect(() => {
    const ending = new AbortController();
    const add = (more: Event[]) => setEvents((known) => [...more.toReversed(), ...(known ?? [])].slice(0, shownMost));
    setEvents(null);
    async function follow(): Promise<void> {
      while (!ending.signal.aborted) {
        setEvents(null);
        const read = followEvents({ ...parameters(filter), tail: 100 }, ending.signal, add);
        const noneYet = setTimeout(() => setEvents((known) => known ?? []), 1000);
        await read.catch(() => {});
        clearTimeout(noneYet);
        await new Promise((resolve) => setTimeout(resolve, retryPause));
      }
    }
    if (isLive) void follow();
    else {
      void readEvents({ ...parameters(filter), limit: shownMost }).then((read) => {
        if (!ending.signal.aborted) setEvents(read.toReversed());
      });
    }
    return () => ending.abort();
  }, [filter, isLive]);
  return events;
}
