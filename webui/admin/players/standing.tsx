import { call, type Wire } from '../api';
import { Card, Said, useDeed } from '../kit/bits';
import { useMay } from '../me';
import { href } from '../route';
import { duration, since } from '../words';

/** Where the player stands now, and whether a lock keeps them out. */
export function Standing({ account, onDone }: { account: Wire['Account']; onDone: () => Promise<void> }) {
  const mayOperate = useMay('operator');
  const { isBusy, said, run } = useDeed();
  async function clear(): Promise<void> {
    await run(() => call('DELETE', `/locks/${account.accountId}`), 'The lock is cleared.');
    await onDone();
  }
  return (
    <Card title="Now">
      {account.places.length === 0 && <p class="hint">Holds no place anywhere.</p>}
      <ul class="plain rows-plain">
        {account.places.map((p) => (
          <li key={p.characterId}>
            <b>{p.characterName}</b> {p.state} on <a href={href('instances', p.instanceId)}>{p.instanceId}</a>
            <span class="hint">
              {p.position ? `position ${p.position}, waits ${since(p.queuedAt)}` : `for ${since(p.seatedAt)}`} · build{' '}
              {p.build || '–'}
            </span>
          </li>
        ))}
      </ul>
      <p class="lock-line">
        {account.lockedSeconds > 0
          ? `Locked for ${duration(account.lockedSeconds)} yet, after five failed attempts within a minute.`
          : `Not locked. ${account.failures} failed attempts within the last minute.`}
        {mayOperate && (account.lockedSeconds > 0 || account.failures > 0) && (
          <button type="button" class="small" disabled={isBusy} onClick={clear}>
            Clear
          </button>
        )}
      </p>
      <Said said={said} />
    </Card>
  );
}
