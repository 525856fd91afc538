import { useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Figure, Said, useDeed } from '../kit/bits';
import { Confirm } from '../kit/confirm';
import { count, date, latency, time } from '../words';
import { eventsCount, eventsText, healthOf } from './words';

type Webhook = Wire['Webhook'];

/** One webhook: how it is, and what can be done about it. */
export function WebhookRow({
  hook,
  presets,
  onChanged,
}: {
  hook: Webhook;
  presets: Wire['WebhookPreset'][];
  onChanged: () => Promise<void>;
}) {
  const [isLeaving, setLeaving] = useState(false);
  const [isTesting, setTesting] = useState(false);
  const [tested, setTested] = useState<{ text: string; isError: boolean } | null>(null);
  const { isBusy, said, run } = useDeed();
  const { name, isPaused, delivery, webhookId } = hook;
  const health = healthOf(hook);
  const path = `/webhooks/${webhookId}`;

  async function test(): Promise<void> {
    setTesting(true);
    const answer = await call<Wire['WebhookTest']>('POST', `${path}/test`);
    setTesting(false);
    setTested(answer.ok ? outcome(answer.body) : { text: answer.detail, isError: true });
  }
  async function hold(): Promise<void> {
    setTested(null);
    const done = isPaused ? 'What waited is delivered now.' : 'What happens from now on waits.';
    await run(() => call('PATCH', path, { body: { isPaused: !isPaused } }), done);
    await onChanged();
  }
  async function remove(): Promise<void> {
    await run(() => call('DELETE', path), `${name} is gone.`);
    await onChanged();
  }

  return (
    <li>
      <div class="webhook-head">
        <b>{name}</b>
        <span class={`pill ${health.tone}`}>{health.label}</span>
        <div class="buttons">
          <button type="button" class="small" disabled={isTesting} onClick={test}>
            {isTesting ? 'Sending…' : `Test ${name}`}
          </button>
          <button type="button" class="small" disabled={isBusy} onClick={hold}>
            {isPaused ? 'Resume' : 'Pause'} {name}
          </button>
          <button type="button" class="small" disabled={isBusy} onClick={() => setLeaving(true)}>
            Remove {name}
          </button>
        </div>
      </div>
      <code class="address">{hook.url}</code>
      <p class="hint">
        Told of {eventsText(hook.events, presets)} ·{' '}
        {hook.instances.length ? hook.instances.join(', ') : 'all instances'} · by {hook.createdBy},{' '}
        {date(hook.createdAt)}
      </p>
      <Figures delivery={delivery} isPaused={isPaused} />
      {delivery.skippedUpTo > 0 && (
        <p class="bad said">
          Events up to number {count(delivery.skippedUpTo)} were removed from the log before they could be delivered;
          they were skipped.
        </p>
      )}
      <Said said={tested ?? said} />
      {isLeaving && (
        <Confirm
          title={`Remove ${name}?`}
          confirm="Remove"
          isDangerous
          isBusy={isBusy}
          onConfirm={remove}
          onCancel={() => setLeaving(false)}
        >
          <p>
            {delivery.waiting > 0
              ? `${eventsCount(delivery.waiting)} that it has not taken yet are forgotten.`
              : 'It has taken everything so far, and is told nothing any more.'}{' '}
            Its secret is worth nothing afterwards.
          </p>
        </Confirm>
      )}
    </li>
  );
}

function Figures({ delivery, isPaused }: { delivery: Wire['WebhookState']; isPaused: boolean }) {
  const { waiting, failures, nextTryAt, lastError, lastErrorAt, lastDeliveredAt } = delivery;
  return (
    <>
      <div class="figures">
        <Figure label="Delivered up to event" value={count(delivery.deliveredUpTo)} />
        <Figure label="Waiting" value={eventsCount(waiting)} />
        <Figure label="Last delivery" value={lastDeliveredAt ? time(lastDeliveredAt) : 'none yet'} />
        {failures > 0 && !isPaused && (
          <Figure label="Next try" value={nextTryAt ? time(nextTryAt) : 'now'} note={`after ${tries(failures)}`} />
        )}
      </div>
      {lastError && (
        <p class="hint">
          Last error, {date(lastErrorAt)}: {lastError}
        </p>
      )}
    </>
  );
}

const tries = (n: number) => (n === 1 ? '1 failed try' : `${count(n)} failed tries`);

function outcome({ isDelivered, status, error, tookSeconds }: Wire['WebhookTest']): { text: string; isError: boolean } {
  return isDelivered
    ? { text: `The receiver took the test: ${status}, in ${latency(tookSeconds)}.`, isError: false }
    : { text: `The test was not taken: ${error}.`, isError: true };
}
