import { useCallback, useState } from 'preact/hooks';
import { call, query, type Wire } from '../api';
import { Input, Said, useDeed } from '../kit/bits';
import { Confirm } from '../kit/confirm';
import { type Column, DataTable, type Wish } from '../kit/data-table';
import { useMay } from '../me';
import { href } from '../route';
import { since } from '../words';

type Place = Wire['Place'];

export function Sessions({ instance, version }: { instance: string; version: number }) {
  const mayOperate = useMay('operator');
  const [chosen, choose] = useState<Place | null>(null);
  const [ended, setEnded] = useState(0);
  const [reason, setReason] = useState('');
  const { isBusy, said, run } = useDeed();
  const load = useCallback(
    async (wish: Wish) => {
      const answer = await call<Wire['SessionList']>('GET', `/sessions${query({ instance, ...wish })}`);
      return answer.ok ? { rows: answer.body.sessions, total: answer.body.total } : null;
    },
    [instance],
  );

  async function end(place: Place): Promise<void> {
    const deed = () => call('POST', `/sessions/${place.sessionId}/end`, { body: { reason } });
    await run(deed, `The session of ${place.characterName} is ended.`);
    choose(null);
    setEnded(ended + 1);
  }
  const columns: Column<Place>[] = [
    { key: 'character', title: 'Character', canSort: true, cell: (p) => <PlayerLink place={p} /> },
    { key: 'account', title: 'Account', canSort: true, isExtra: true, cell: (p) => p.accountName },
    { key: 'state', title: 'State', canSort: true, cell: (p) => p.state },
    { key: 'since', title: 'For', canSort: true, cell: (p) => since(p.seatedAt) },
    { key: 'build', title: 'Build', canSort: true, isExtra: true, cell: (p) => p.build || '–' },
  ];
  if (mayOperate) {
    columns.push({
      key: 'end',
      title: 'Action',
      cell: (p) => (
        <button
          type="button"
          class="small"
          aria-label={`End the session of ${p.characterName}`}
          onClick={() => choose(p)}
        >
          End
        </button>
      ),
    });
  }
  return (
    <>
      <DataTable
        label="sessions"
        columns={columns}
        id={(p) => p.sessionId ?? ''}
        load={load}
        sort="since"
        version={`${version} ${ended}`}
        empty="Nobody is in."
      />
      <Said said={said} />
      {chosen && (
        <Confirm
          title={`End the session of ${chosen.characterName}?`}
          confirm="End the session"
          isDangerous
          isBusy={isBusy}
          onConfirm={() => end(chosen)}
          onCancel={() => choose(null)}
        >
          <p>The player is sent away at once and may connect again. The seat goes to the next in the queue.</p>
          <Input label="What the player is told" value={reason} onChange={setReason} maxLength={100} />
        </Confirm>
      )}
    </>
  );
}

export function PlayerLink({ place }: { place: Place }) {
  return <a href={href('players', place.accountId)}>{place.characterName}</a>;
}
