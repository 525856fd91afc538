import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Choice, Input, Said, useDeed } from '../kit/bits';
import { useMay } from '../me';

type Instance = Wire['AdminInstance'];

const policies = [
  ['same-instance', 'from the same instance'],
  ['anywhere', 'from any instance'],
  ['never', 'never'],
] as const;

const numbers = [
  { field: 'capacity', label: 'Seats', hint: 'More let people in at once; fewer send nobody away', min: 0 },
  { field: 'queueMax', label: 'Queue length', min: 0 },
  {
    field: 'graceSeconds',
    label: 'Grace, in seconds',
    hint: 'How long the seat of a dropped player is held',
    min: 1,
    max: 3600,
    step: 'any',
  },
  {
    field: 'claimSeconds',
    label: 'Claim window, in seconds',
    hint: 'How long an offered seat waits for its player',
    min: 1,
    max: 300,
    step: 'any',
  },
] as const;

/** Changes the settings that were looked at: if somebody else has changed them meanwhile, the server says so. */
export function SettingsForm({ id }: { id: string }) {
  const mayOperate = useMay('operator');
  const mayRelay = useMay('owner');
  const [settings, setSettings] = useState<Instance | null>(null);
  const [etag, setEtag] = useState('');
  const { isBusy, said, run } = useDeed();

  const read = useCallback(async () => {
    const answer = await call<Instance>('GET', `/instances/${id}`);
    if (!answer.ok) return;
    setSettings(answer.body);
    setEtag(answer.etag);
  }, [id]);
  useEffect(() => void read(), [read]);
  if (!settings) return null;

  const set = (part: Partial<Instance>) => setSettings({ ...settings, ...part });
  async function save(event: Event): Promise<void> {
    event.preventDefault();
    if (!settings) return;
    const {
      name,
      capacity,
      queueMax,
      message,
      requiredBuild,
      updateUrl,
      gameUrl,
      graceSeconds,
      claimSeconds,
      replacement,
    } = settings;
    const body = {
      name,
      capacity,
      queueMax,
      message,
      requiredBuild,
      updateUrl,
      gameUrl,
      graceSeconds,
      claimSeconds,
      replacement,
      ...(mayRelay && { upstream: settings.upstream }),
    };
    const deed = () => call<Instance>('PATCH', `/instances/${id}`, { body, ifMatch: etag });
    const answer = await run(deed, 'Saved.');
    if (!answer.ok) return;
    setSettings(answer.body);
    setEtag(answer.etag);
  }
  const disabled = !mayOperate;
  return (
    <Card title="Settings">
      <form onSubmit={save}>
        <div class="form-grid">
          <Input
            label="Name"
            value={settings.name}
            onChange={(name) => set({ name })}
            maxLength={64}
            required
            disabled={disabled}
          />
          {numbers.map(({ field, ...rest }) => (
            <Input
              key={field}
              {...rest}
              type="number"
              value={settings[field]}
              onChange={(text) => set({ [field]: Number(text) })}
              required
              disabled={disabled}
            />
          ))}
          <Choice
            label="A session may be taken over"
            value={settings.replacement}
            options={policies}
            onChange={(replacement) => set({ replacement })}
            disabled={disabled}
          />
          <Input
            label="Required build"
            hint="Empty = any. A build, or a range such as ^1.4"
            value={settings.requiredBuild}
            onChange={(requiredBuild) => set({ requiredBuild })}
            maxLength={64}
            disabled={disabled}
          />
          <Input
            label="Where to update"
            type="url"
            value={settings.updateUrl}
            onChange={(updateUrl) => set({ updateUrl })}
            disabled={disabled}
          />
          <Input
            label="Where the game is"
            value={settings.gameUrl}
            onChange={(gameUrl) => set({ gameUrl })}
            maxLength={500}
            disabled={disabled}
          />
          <Input
            label="Relay to"
            hint="The game's own WebSocket, ws:// or wss://. Empty = players reach it themselves. For owners."
            value={settings.upstream}
            onChange={(upstream) => set({ upstream })}
            maxLength={500}
            disabled={!mayRelay}
          />
          <Input
            label="Message to players"
            value={settings.message}
            onChange={(message) => set({ message })}
            maxLength={500}
            disabled={disabled}
          />
        </div>
        <Said said={said} />
        {mayOperate && (
          <div class="buttons">
            <button type="button" onClick={read}>
              Discard
            </button>
            <button type="submit" class="primary" disabled={isBusy}>
              Save
            </button>
          </div>
        )}
      </form>
    </Card>
  );
}
