import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Choice, Input, Said, useDeed } from '../kit/bits';
import { Confirm } from '../kit/confirm';
import { useLive } from '../live';
import { date } from '../words';

type Key = Wire['Key'];
type Scope = Wire['KeyScope'];

const scopes = [
  ['server', 'server: calls of game servers'],
  ['viewer', 'viewer: looks'],
  ['operator', 'operator: changes what players meet'],
  ['owner', 'owner: changes everything'],
] as const;

export function Keys() {
  const [keys, setKeys] = useState<Key[]>([]);
  const [going, setGoing] = useState<Key | null>(null);
  const { isBusy, said, run } = useDeed();
  const read = useCallback(async () => {
    const answer = await call<Wire['KeyList']>('GET', '/keys');
    if (answer.ok) setKeys(answer.body.keys);
  }, []);
  useEffect(() => void read(), [read]);
  async function revoke(key: Key): Promise<void> {
    await run(() => call('DELETE', `/keys/${key.keyId}`), `${key.name} is worth nothing any more.`);
    setGoing(null);
    await read();
  }
  return (
    <Card title="API keys">
      {keys.length === 0 && <p class="hint">There is none. Game servers and scripts need one each.</p>}
      <ul class="plain rows-plain">
        {keys.map((key) => (
          <li key={key.keyId}>
            <b>{key.name}</b>
            <span class="pill">{key.scopes.join(', ')}</span>
            <span class="hint">
              {key.instances.length ? key.instances.join(', ') : 'all instances'} · by {key.createdBy},{' '}
              {date(key.createdAt)} · {key.expiresAt ? `until ${date(key.expiresAt)}` : 'for good'} · last used{' '}
              {date(key.lastUsedAt)}
            </span>
            <button type="button" class="small" onClick={() => setGoing(key)}>
              Revoke {key.name}
            </button>
          </li>
        ))}
      </ul>
      <Said said={said} />
      <NewKey onDone={read} />
      {going && (
        <Confirm
          title={`Revoke ${going.name}?`}
          confirm="Revoke"
          isDangerous
          isBusy={isBusy}
          onConfirm={() => revoke(going)}
          onCancel={() => setGoing(null)}
        >
          <p>Whatever uses this key is refused from now on.</p>
        </Confirm>
      )}
    </Card>
  );
}

const day = 86_400_000;

function NewKey({ onDone }: { onDone: () => void }) {
  const { overview } = useLive();
  const [name, setName] = useState('');
  const [scope, setScope] = useState<Scope>('server');
  const [instance, setInstance] = useState('');
  const [days, setDays] = useState('');
  const [secret, setSecret] = useState('');
  const { isBusy, said, run } = useDeed();
  async function add(event: Event): Promise<void> {
    event.preventDefault();
    const expiresAt = days ? new Date(Date.now() + Number(days) * day).toISOString() : null;
    const body = { name, scopes: [scope], instances: instance ? [instance] : [], expiresAt };
    const answer = await run(() => call<Wire['MadeKey']>('POST', '/keys', { body }), 'The key is made.');
    if (!answer.ok) return;
    setSecret(answer.body.key);
    setName('');
    onDone();
  }
  return (
    <form onSubmit={add}>
      <h3>Make a key</h3>
      <div class="form-grid">
        <Input label="Name of the key" value={name} onChange={setName} maxLength={64} required />
        <Choice label="Scope" value={scope} options={scopes} onChange={setScope} />
        <Choice
          label="Works at"
          value={instance}
          options={[['', 'all instances'], ...(overview?.instances ?? []).map((i) => [i.instanceId, i.name] as const)]}
          onChange={setInstance}
        />
        <Input
          label="Good for so many days"
          hint="Empty = for good"
          type="number"
          min={1}
          value={days}
          onChange={setDays}
        />
      </div>
      {secret && (
        <p role="status">
          The key, shown this once: <code class="secret">{secret}</code>
        </p>
      )}
      <Said said={said} />
      <button type="submit" class="primary" disabled={isBusy}>
        Make the key
      </button>
    </form>
  );
}
