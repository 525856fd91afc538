import { useCallback, useState } from 'preact/hooks';
import { call, query, type Wire } from '../api';
import { Input, Said, useDeed } from '../kit/bits';
import { Confirm } from '../kit/confirm';
import { type Column, DataTable, type Wish } from '../kit/data-table';
import { useMay } from '../me';
import { since } from '../words';
import { PlayerLink } from './sessions';

type Place = Wire['Place'];

export function Queue({ instance, version }: { instance: string; version: number }) {
  const mayOperate = useMay('operator');
  const [asked, ask] = useState<{ place: Place; deed: 'move' | 'remove' } | null>(null);
  const [position, setPosition] = useState('1');
  const [reason, setReason] = useState('');
  const [done, setDone] = useState(0);
  const { isBusy, said, run } = useDeed();
  const load = useCallback(
    async (wish: Wish) => {
      const answer = await call<Wire['QueuePlaceList']>('GET', `/instances/${instance}/queue${query({ ...wish })}`);
      return answer.ok ? { rows: answer.body.places, total: answer.body.total } : null;
    },
    [instance],
  );

  async function carryOut({ place, deed }: NonNullable<typeof asked>): Promise<void> {
    const path = `/instances/${instance}/queue/${place.characterId}`;
    if (deed === 'move') {
      const body = { position: Number(position) };
      await run(() => call('PUT', path, { body }), `${place.characterName} is moved.`);
    } else {
      await run(() => call('DELETE', path, { body: { reason } }), `${place.characterName} is out of the queue.`);
    }
    ask(null);
    setDone(done + 1);
  }
  const columns: Column<Place>[] = [
    { key: 'position', title: '#', canSort: true, cell: (p) => p.position },
    { key: 'character', title: 'Character', canSort: true, cell: (p) => <PlayerLink place={p} /> },
    { key: 'account', title: 'Account', canSort: true, isExtra: true, cell: (p) => p.accountName },
    { key: 'state', title: 'State', canSort: true, cell: (p) => p.state },
    { key: 'since', title: 'Waits', canSort: true, cell: (p) => since(p.queuedAt) },
    { key: 'missed', title: 'Missed', isExtra: true, cell: (p) => p.missedClaims },
  ];
  if (mayOperate) {
    columns.push({
      key: 'act',
      title: 'Action',
      cell: (place) => (
        <span class="row-actions">
          <button
            type="button"
            class="small"
            aria-label={`Move ${place.characterName}`}
            onClick={() => ask({ place, deed: 'move' })}
          >
            Move
          </button>
          <button
            type="button"
            class="small"
            aria-label={`Remove ${place.characterName}`}
            onClick={() => ask({ place, deed: 'remove' })}
          >
            Remove
          </button>
        </span>
      ),
    });
  }
  return (
    <>
      <DataTable
        label="queue"
        columns={columns}
        id={(p) => p.characterId}
        load={load}
        sort="position"
        version={`${version} ${done}`}
        empty="Nobody waits."
      />
      <Said said={said} />
      {asked?.deed === 'move' && (
        <Confirm
          title={`Move ${asked.place.characterName}?`}
          confirm="Move"
          isBusy={isBusy}
          onConfirm={() => carryOut(asked)}
          onCancel={() => ask(null)}
        >
          <p>Whoever is passed by this moves back a place. All of them see it, and it stands in the events.</p>
          <Input label="New position" type="number" min={1} value={position} onChange={setPosition} />
        </Confirm>
      )}
      {asked?.deed === 'remove' && (
        <Confirm
          title={`Remove ${asked.place.characterName} from the queue?`}
          confirm="Remove"
          isDangerous
          isBusy={isBusy}
          onConfirm={() => carryOut(asked)}
          onCancel={() => ask(null)}
        >
          <p>The place at position {asked.place.position} is lost. The player may queue again, at the end.</p>
          <Input label="What the player is told" value={reason} onChange={setReason} maxLength={100} />
        </Confirm>
      )}
    </>
  );
}
