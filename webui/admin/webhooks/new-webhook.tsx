import { useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Choice, Input, Said, Tick, useDeed } from '../kit/bits';
import { useLive } from '../live';
import { presetText } from './words';

type Preset = Wire['WebhookPreset'];

/** Adds an address; its secret is shown this once. */
export function NewWebhook({ presets, onDone }: { presets: Preset[]; onDone: () => Promise<void> }) {
  const { overview } = useLive();
  const [name, setName] = useState('');
  const [url, setURL] = useState('');
  const [chosen, setChosen] = useState<string[]>(['sessions']);
  const [others, setOthers] = useState('');
  const [instance, setInstance] = useState('');
  const [made, setMade] = useState<Wire['MadeWebhook'] | null>(null);
  const { isBusy, said, run } = useDeed();

  async function add(event: Event): Promise<void> {
    event.preventDefault();
    const body: Wire['NewWebhook'] = {
      name,
      url,
      events: eventsOf(presets, chosen, others),
      instances: instance ? [instance] : [],
    };
    setMade(null);
    const answer = await run(() => call<Wire['MadeWebhook']>('POST', '/webhooks', { body }), `${name} is added.`);
    if (!answer.ok) return;
    setMade(answer.body);
    setName('');
    setURL('');
    await onDone();
  }

  return (
    <Card title="Add a webhook">
      <form onSubmit={add}>
        <div class="form-grid">
          <Input label="Name" value={name} onChange={setName} maxLength={64} required autoComplete="off" />
          <Input
            label="Address"
            hint="Where events are posted: https://…, or http:// within your own network"
            type="url"
            value={url}
            onChange={setURL}
            maxLength={500}
            required
          />
          <Choice
            label="Of which instance"
            value={instance}
            options={[
              ['', 'all instances'],
              ...(overview?.instances ?? []).map((i) => [i.instanceId, i.name] as const),
            ]}
            onChange={setInstance}
          />
          <Input
            label="Other events"
            hint="Names such as connection.queued, or families such as queue. with the dot; with commas between"
            value={others}
            onChange={setOthers}
          />
        </div>
        <fieldset class="group plain-group">
          <legend>Told of</legend>
          {presets.map((preset) => (
            <Tick
              key={preset.name}
              label={presetText(preset.name)}
              value={chosen.includes(preset.name)}
              onChange={(isOn) => setChosen(isOn ? [...chosen, preset.name] : chosen.filter((n) => n !== preset.name))}
            />
          ))}
        </fieldset>
        {made && (
          <p role="status">
            The secret of {made.name}, shown this once: <code class="secret">{made.secret}</code>
          </p>
        )}
        <Said said={said} />
        <button type="submit" class="primary" disabled={isBusy}>
          Add the webhook
        </button>
      </form>
    </Card>
  );
}

/** Each event once, of the choices and of what was written by hand. */
function eventsOf(presets: Preset[], chosen: string[], others: string): string[] {
  const ofChoices = presets.filter(({ name }) => chosen.includes(name)).flatMap(({ events }) => events);
  return [...new Set([...ofChoices, ...others.split(/[\s,]+/).filter(Boolean)])];
}
