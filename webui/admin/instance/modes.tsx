import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Input, Said, useDeed } from '../kit/bits';
import { Confirm } from '../kit/confirm';
import type { Instance } from '../live';
import { useMay } from '../me';
import { duration, players } from '../words';

type State = Wire['InstanceState'];

const deeds: Record<State, { verb: string; done: string; isDangerous?: boolean }> = {
  open: { verb: 'Open', done: 'It is open.' },
  draining: { verb: 'Drain', done: 'It drains.' },
  maintenance: { verb: 'Maintenance', done: 'It is in maintenance.' },
  closed: { verb: 'Close', done: 'It is closed.', isDangerous: true },
};

/** Puts the instance into another state, after saying what that does to how many people. */
export function Modes({ instance }: { instance: Instance }) {
  const mayOperate = useMay('operator');
  const [asked, ask] = useState<State | null>(null);
  const [message, setMessage] = useState('');
  const { isBusy, said, run } = useDeed();
  if (!mayOperate) return null;

  async function enter(state: State): Promise<void> {
    const body = { state, message };
    await run(() => call('PATCH', `/instances/${instance.instanceId}`, { body }), deeds[state].done);
    ask(null);
  }
  function start(state: State): void {
    setMessage(instance.message);
    ask(state);
  }
  return (
    <>
      <div class="buttons">
        {(Object.keys(deeds) as State[])
          .filter((state) => state !== instance.state)
          .map((state) => (
            <button
              key={state}
              type="button"
              class={deeds[state].isDangerous ? 'danger' : ''}
              onClick={() => start(state)}
            >
              {deeds[state].verb}
            </button>
          ))}
      </div>
      <Said said={said} />
      {asked && (
        <Confirm
          title={`${deeds[asked].verb} ${instance.name}?`}
          confirm={deeds[asked].verb}
          isDangerous={deeds[asked].isDangerous}
          isBusy={isBusy}
          onConfirm={() => enter(asked)}
          onCancel={() => ask(null)}
        >
          <Effects state={asked} instance={instance} />
          <Input
            label="What players are told"
            hint="Empty = the standard text"
            value={message}
            onChange={setMessage}
            maxLength={500}
          />
        </Confirm>
      )}
    </>
  );
}

function Effects({ state, instance }: { state: State; instance: Instance }) {
  const inside = instance.seatsTaken;
  const waiting = instance.queueDepth;
  const isOpening = instance.state === 'closed' ? 'It comes back empty.' : 'Newcomers get in again.';
  const lines: Record<State, ComponentChildren[]> = {
    open: [isOpening, waiting > 0 ? `${players(waiting)} in the queue move up as seats are free.` : 'Nobody waits.'],
    draining: [
      `${players(inside)} inside ${inside === 1 ? 'stays and plays' : 'stay and play'} on; who drops may come back.`,
      `${players(waiting)} in the queue still ${waiting === 1 ? 'gets' : 'get'} in, in order.`,
      'Nobody new gets in.',
      <Forecast key="forecast" id={instance.instanceId} isEmpty={inside + waiting === 0} />,
    ],
    maintenance: [
      `${players(inside)} inside ${inside === 1 ? 'plays' : 'play'} on; who drops may come back.`,
      `${players(waiting)} in the queue ${waiting === 1 ? 'keeps the place' : 'keep their places'}, and nobody moves up.`,
      'Nobody new gets in.',
    ],
    closed: [
      `${players(inside)} inside ${inside === 1 ? 'is' : 'are'} sent away at once.`,
      `${players(waiting)} in the queue ${waiting === 1 ? 'loses the place' : 'lose their places'}.`,
      'The instance is hidden from players until it is opened.',
    ],
  };
  return (
    <ul class="effects">
      {lines[state].map((line) => (
        <li key={String(line)}>{line}</li>
      ))}
    </ul>
  );
}

function Forecast({ id, isEmpty }: { id: string; isEmpty: boolean }) {
  const [forecast, setForecast] = useState<Wire['Forecast'] | null>(null);
  useEffect(() => {
    void call<Wire['Forecast']>('GET', `/instances/${id}/forecast`).then(
      (answer) => answer.ok && setForecast(answer.body),
    );
  }, [id]);
  if (isEmpty) return <>It is empty now.</>;
  if (!forecast) return <>Reckoning when it will be empty…</>;
  const { emptyInSeconds, emptyInUpperSeconds } = forecast;
  if (emptyInSeconds === null) return <>Nobody can tell yet when it will be empty: too few have left so far.</>;
  return (
    <>
      It will be empty in about {duration(emptyInSeconds)}, in nine of ten cases within {duration(emptyInUpperSeconds)}.
    </>
  );
}
