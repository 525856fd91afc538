import { useEffect, useRef, useState } from 'preact/hooks';
import type { Plan, Simulation } from '../../report/documents';
import { SimulationView } from '../../report/simulation';
import { type Answer, call, type Wire } from '../api';
import { Card, Choice, Said, useDeed } from '../kit/bits';
import { useLive } from '../live';
import { href } from '../route';
import { type Draft, draftOf, madeUp, planOf } from './draft';
import { PlanForm } from './plan-form';

interface Sketch {
  draft: Draft;
  /** What the draft came from. */
  from: Plan;
  result: { simulation: Simulation; of: Draft } | null;
}

/** What was last planned for each instance, while the page is open: looking something up costs no work. */
const sketches = new Map<string, Sketch>();

/** How many seats an instance would need, tried on its own last evening or on one that is made up. */
export function PlanningPage({ id }: { id: string }) {
  const { overview } = useLive();
  const instances = overview?.instances ?? [];
  const instance = id ? instances.find(({ instanceId }) => instanceId === id) : instances[0];
  return (
    <>
      <h1>Planning</h1>
      <p class="lead">
        How many seats does an evening need? Virtual players come, queue, play and leave by the rules of this server, in
        a simulation: nobody and nothing here is touched.
      </p>
      {instance ? (
        <>
          <div class="form-grid">
            <Choice
              label="Instance"
              value={instance.instanceId}
              options={instances.map(({ instanceId, name }) => [instanceId, name] as const)}
              onChange={(chosen) => location.assign(href('planning', chosen))}
            />
          </div>
          <Sketching key={instance.instanceId} id={instance.instanceId} />
        </>
      ) : (
        <p role="status">{overview ? `There is no instance ${id}.` : 'Waiting for the server.'}</p>
      )}
    </>
  );
}

function Sketching({ id }: { id: string }) {
  const [sketch, setSketch] = useState(() => sketches.get(id) ?? null);
  const { isBusy, said, run } = useDeed();
  const results = useRef<HTMLDivElement>(null);
  const turn = useRef(0);
  function set(next: Sketch): void {
    sketches.set(id, next);
    setSketch(next);
  }
  async function readEvening(): Promise<void> {
    const answer = await run(() => startOf(id), '');
    if (answer.ok) set({ draft: draftOf(answer.body), from: answer.body, result: null });
  }
  useEffect(() => {
    if (!sketch) void readEvening();
  }, []);
  if (!sketch) return <Said said={said} />;

  const { draft, from, result } = sketch;
  const isStale = result !== null && result.of !== draft && !said.isError;
  async function simulate(event: Event): Promise<void> {
    event.preventDefault();
    const answer = await run(
      () => call<Simulation>('POST', '/simulations', { body: planOf(draft, from) }),
      'Simulated.',
    );
    if (!answer.ok) return;
    turn.current++;
    // Somebody may have gone on writing meanwhile.
    set({ draft, from, ...sketches.get(id), result: { simulation: answer.body, of: draft } });
    results.current?.focus();
  }
  return (
    <>
      <Card title="The plan">
        <p class="hint">{origin(from)}</p>
        <form onSubmit={simulate}>
          <PlanForm draft={draft} from={from} onChange={(changed) => set({ ...sketch, draft: changed })} />
          <Said said={isBusy ? tell('Working on it…') : isStale ? tell(staleText) : said} />
          <div class="buttons">
            <button type="button" disabled={isBusy} onClick={readEvening}>
              Start again from the last evening
            </button>
            <button type="submit" class="primary" disabled={isBusy}>
              Simulate
            </button>
          </div>
        </form>
      </Card>
      <div class="results" ref={results} tabIndex={-1} aria-busy={isBusy}>
        {result && <SimulationView key={turn.current} simulation={result.simulation} />}
      </div>
    </>
  );
}

/** The instance's last evening, or one that is made up where there was none. */
async function startOf(id: string): Promise<Answer<Plan>> {
  const evening = await call<Plan>('GET', `/instances/${id}/evening`);
  if (evening.ok || evening.code !== 'NOTHING_RECORDED') return evening;
  const instance = await call<Wire['AdminInstance']>('GET', `/instances/${id}`);
  return instance.ok ? { ...instance, body: madeUp(instance.body) } : instance;
}

const staleText = 'The plan has changed since: what is below is of the former one.';
const tell = (text: string) => ({ text, isError: false });

function origin({ arrivals }: Plan): string {
  return arrivals.pattern === 'recorded'
    ? 'It starts from the last evening of this instance: who came when, and how long sessions were.'
    : 'Nothing of an evening is recorded yet, so it starts from one that is made up. Change it to what you expect.';
}
