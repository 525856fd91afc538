import { useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Said, useDeed } from '../kit/bits';
import { Confirm } from '../kit/confirm';
import { useMay } from '../me';
import { date } from '../words';

type Character = Wire['Character'];

export function Characters({ account, onDone }: { account: Wire['Account']; onDone: () => Promise<void> }) {
  const mayOperate = useMay('operator');
  const [asked, ask] = useState<Character | null>(null);
  const { isBusy, said, run } = useDeed();
  async function suspend(character: Character): Promise<void> {
    const body = { suspended: !character.suspended };
    const done = `${character.name} ${body.suspended ? 'is suspended' : 'may play again'}.`;
    await run(() => call('PATCH', `/characters/${character.characterId}`, { body }), done);
    ask(null);
    await onDone();
  }
  return (
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
                onClick={() => (character.suspended ? suspend(character) : ask(character))}
              >
                {character.suspended ? `Restore ${character.name}` : `Suspend ${character.name}`}
              </button>
            )}
          </li>
        ))}
      </ul>
      <Said said={said} />
      {asked && (
        <Confirm
          title={`Suspend ${asked.name}?`}
          confirm="Suspend"
          isDangerous
          isBusy={isBusy}
          onConfirm={() => suspend(asked)}
          onCancel={() => ask(null)}
        >
          <p>
            Its session or place in a queue ends at once, and it stays out until it is restored. Other characters of the
            account may play.
          </p>
        </Confirm>
      )}
    </Card>
  );
}
