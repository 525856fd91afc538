import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, query, type Wire } from '../api';
import { Card, Said, useDeed } from '../kit/bits';
import { type Column, DataTable, type Wish } from '../kit/data-table';
import { useLive } from '../live';
import { useMay } from '../me';
import { href } from '../route';
import { duration } from '../words';

type Account = Wire['Account'];

const columns: Column<Account>[] = [
  { key: 'name', title: 'Account', cell: (a) => <a href={href('players', a.accountId)}>{a.name}</a> },
  { key: 'characters', title: 'Characters', cell: (a) => a.characters.map((c) => c.name).join(', ') || '–' },
  { key: 'places', title: 'Now', cell: (a) => <Now account={a} /> },
  {
    key: 'lock',
    title: 'Lock',
    isExtra: true,
    cell: (a) => (a.lockedSeconds > 0 ? `${duration(a.lockedSeconds)} left` : '–'),
  },
];

function Now({ account }: { account: Account }) {
  if (account.places.length === 0) return <>–</>;
  return <>{account.places.map((p) => `${p.state} on ${p.instanceId}`).join(', ')}</>;
}

export function PlayersPage() {
  const { overview } = useLive();
  const load = useCallback(async ({ search, offset, limit }: Wish) => {
    const answer = await call<Wire['AccountList']>('GET', `/accounts${query({ search, offset, limit })}`);
    return answer.ok ? { rows: answer.body.accounts, total: answer.body.total } : null;
  }, []);
  const sampledAt = overview?.sampledAt; // every ten seconds: a search looks at every account
  return (
    <>
      <h1>Players</h1>
      <Card title="Accounts and characters">
        <DataTable
          label="accounts"
          columns={columns}
          id={(a) => a.accountId}
          load={load}
          sort="name"
          version={sampledAt}
          empty="Nobody has an account yet."
        />
      </Card>
      <Locks version={sampledAt} />
    </>
  );
}

function Locks({ version }: { version: string | undefined }) {
  const mayOperate = useMay('operator');
  const [locked, setLocked] = useState<Account[]>([]);
  const { isBusy, said, run } = useDeed();
  const read = useCallback(async () => {
    const answer = await call<Wire['AccountList']>('GET', '/locks');
    if (answer.ok) setLocked(answer.body.accounts);
  }, []);
  // What happened may have locked somebody.
  useEffect(() => void read(), [read, version]);
  async function clear(account: Account): Promise<void> {
    await run(() => call('DELETE', `/locks/${account.accountId}`), `${account.name} may try again.`);
    await read();
  }
  return (
    <Card title="Locked now">
      {locked.length === 0 && (
        <p class="hint">Nobody is locked. Five failed attempts within a minute lock an account for a minute.</p>
      )}
      <ul class="plain rows-plain">
        {locked.map((account) => (
          <li key={account.accountId}>
            <a href={href('players', account.accountId)}>{account.name}</a>
            <span class="hint">{duration(account.lockedSeconds)} left</span>
            {mayOperate && (
              <button type="button" class="small" disabled={isBusy} onClick={() => clear(account)}>
                Clear the lock
              </button>
            )}
          </li>
        ))}
      </ul>
      <Said said={said} />
    </Card>
  );
}
