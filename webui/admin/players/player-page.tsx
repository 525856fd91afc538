import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { readEvents } from '../events/event-stream';
import { Card, Said, useDeed } from '../kit/bits';
import { Confirm } from '../kit/confirm';
import { useLive } from '../live';
import { useMay } from '../me';
import { href } from '../route';
import { date, duration, since } from '../words';
import { Attempts } from './attempts';

type Account = Wire['Account'];
type Event = Wire['Event'];
type Ask = { kind: 'suspend'; character: Wire['Character'] } | { kind: 'password' } | null;

const attemptsShown = 50;

export function PlayerPage({ id }: { id: string }) {
  const mayOperate = useMay('operator');
  const { overview } = useLive();
  const [account, setAccount] = useState<Account | null>(null);
  const [attempts, setAttempts] = useState<Event[] | null>(null);
  const [missing, setMissing] = useState('');
  const [asked, ask] = useState<Ask>(null);
  const [password, setPassword] = useState('');
  const { isBusy, said, run } = useDeed();

  const read = useCallback(async () => {
    const answer = await call<Account>('GET', `/accounts/${id}`);
    if (!answer.ok) return setMissing(answer.detail);
    setAccount(answer.body);
  }, [id]);
  const turns = overview?.instances.reduce((sum, instance) => sum + instance.turns, 0);
  // What happened may have been of this player.
  useEffect(() => void read(), [read, turns]);

  // The log may be long: it is looked through when something became of the player, not whenever anything happens.
  const standing = account && JSON.stringify([account.places, account.failures, account.lockedSeconds > 0]);
  useEffect(() => {
    if (standing === null) return;
    const query = { account: id, event: 'connection.', order: 'desc', limit: 3 * attemptsShown };
    void readEvents(query).then(setAttempts);
  }, [id, standing]);

  if (!account) return <p class="lead">{missing || 'Looking up the player.'}</p>;
  async function suspend(character: Wire['Character']): Promise<void> {
    const body = { suspended: !character.suspended };
    const done = `${character.name} ${body.suspended ? 'is suspended' : 'may play again'}.`;
    await run(() => call('PATCH', `/characters/${character.characterId}`, { body }), done);
    ask(null);
    await read();
  }
  async function reset(): Promise<void> {
    const deed = () => call<Wire['NewPassword']>('POST', `/accounts/${id}/password`, { body: { password: '' } });
    const answer = await run(deed, 'The password is reset, and the player is logged out everywhere.');
    ask(null);
    if (answer.ok) setPassword(answer.body.password);
  }
  async function clearLock(): Promise<void> {
    await run(() => call('DELETE', `/locks/${id}`), 'The lock is cleared.');
    await read();
  }
  return (
    <>
      <p class="crumbs">
        <a href={href('players')}>Players</a>
      </p>
      <h1>
        {account.name} {account.isGuest && <span class="pill">guest</span>}
      </h1>
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
            <button type="button" class="small" disabled={isBusy} onClick={clearLock}>
              Clear
            </button>
          )}
        </p>
        <Said said={said} />
      </Card>
      <Card title="Last attempts">
        <Attempts events={attempts} shown={attemptsShown} />
        <p>
          <a href={href('events', '', { account: id })}>All events of this player</a>
        </p>
      </Card>
      <Card title="Characters">
        {account.characters.length === 0 && <p class="hint">Has none yet.</p>}
        <ul class="plain rows-plain">
          {account.characters.map((character) => (
            <li key={character.characterId}>
              <b>{character.name}</b>
              {character.characterId === account.activeCharacterId && <span class="pill">active</span>}
              {character.suspended && <span class="pill bad">suspended</span>}
              <span class="hint">since {date(character.createdAt)}</span>
              {mayOperate && (
                <button
                  type="button"
                  class="small"
                  disabled={isBusy}
                  onClick={() => (character.suspended ? suspend(character) : ask({ kind: 'suspend', character }))}
                >
                  {character.suspended ? `Restore ${character.name}` : `Suspend ${character.name}`}
                </button>
              )}
            </li>
          ))}
        </ul>
      </Card>
      {mayOperate && !account.isGuest && (
        <Card title="Password">
          {password ? (
            <p>
              The new password, shown this once: <code class="secret">{password}</code>
            </p>
          ) : (
            <p class="hint">
              A new one is made up and shown once. The player is logged out everywhere; a running session goes on.
            </p>
          )}
          <button type="button" onClick={() => ask({ kind: 'password' })}>
            Reset the password
          </button>
        </Card>
      )}
      {asked?.kind === 'suspend' && (
        <Confirm
          title={`Suspend ${asked.character.name}?`}
          confirm="Suspend"
          isDangerous
          isBusy={isBusy}
          onConfirm={() => suspend(asked.character)}
          onCancel={() => ask(null)}
        >
          <p>
            Its session or place in a queue ends at once, and it stays out until it is restored. Other characters of the
            account may play.
          </p>
        </Confirm>
      )}
      {asked?.kind === 'password' && (
        <Confirm
          title={`Reset the password of ${account.name}?`}
          confirm="Reset"
          isDangerous
          isBusy={isBusy}
          onConfirm={reset}
          onCancel={() => ask(null)}
        >
          <p>The present password stops working, and the player is logged out everywhere.</p>
        </Confirm>
      )}
    </>
  );
}
