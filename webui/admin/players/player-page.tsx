import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { readEvents } from '../events/event-stream';
import { Card } from '../kit/bits';
import { useLive } from '../live';
import { useMay } from '../me';
import { href } from '../route';
import { Attempts } from './attempts';
import { Characters } from './characters';
import { Password } from './password';
import { RemoveAccount } from './remove-account';
import { Standing } from './standing';

type Account = Wire['Account'];

const attemptsShown = 50;

export function PlayerPage({ id }: { id: string }) {
  const mayOperate = useMay('operator');
  const { overview } = useLive();
  const [account, setAccount] = useState<Account | null>(null);
  const [attempts, setAttempts] = useState<Wire['Event'][] | null>(null);
  const [missing, setMissing] = useState('');

  const read = useCallback(async () => {
    const answer = await call<Account>('GET', `/accounts/${id}`);
    if (answer.ok) setAccount(answer.body);
    else setMissing(answer.detail);
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
  return (
    <>
      <p class="crumbs">
        <a href={href('players')}>Players</a>
      </p>
      <h1>
        {account.name} {account.isGuest && <span class="pill">guest</span>}
        {account.issuer && <span class="pill">from {account.issuer}</span>}
        {account.mustChange && <span class="pill">must change the password</span>}
      </h1>
      <Standing account={account} onDone={read} />
      <Card title="Last attempts">
        <Attempts events={attempts} shown={attemptsShown} />
        <p>
          <a href={href('events', '', { account: id })}>All events of this player</a>
        </p>
      </Card>
      <Characters account={account} onDone={read} />
      {mayOperate && !account.isGuest && !account.issuer && <Password account={account} />}
      {mayOperate && <RemoveAccount account={account} />}
    </>
  );
}
