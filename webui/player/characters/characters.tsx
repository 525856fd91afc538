import { useState } from 'preact/hooks';
import type { Texts } from '../../texts';
import { FormError } from '../../ui/field';
import { useTexts } from '../../ui/texts';
import { api, type Character, type Me, type Problem, type Result } from '../api';

interface Props {
  me: Me;
  onChange: () => void;
}

export function Characters({ me, onChange }: Props) {
  const t = useTexts();
  const [error, setError] = useState('');

  async function act<T>(action: Promise<Result<T>>): Promise<boolean> {
    const result = await action;
    if (result.ok) onChange();
    setError(result.ok ? '' : explain(result.problem, t));
    return result.ok;
  }

  async function make(name: string): Promise<boolean> {
    const result = await api.makeCharacter(name);
    if (!result.ok) return act(Promise.resolve(result));
    // The first one is meant to be played with: nobody should have to say so.
    const isFirst = me.activeCharacterId === null;
    return isFirst ? act(api.activate(result.value.characterId)) : act(Promise.resolve(result));
  }

  return (
    <section class="card characters" aria-labelledby="characters">
      <h2 id="characters">{t.characters.title}</h2>
      {me.characters.length === 0 && <p class="lead">{t.characters.none}</p>}
      <fieldset class="choices">
        <legend class="unseen">{t.characters.legend}</legend>
        {me.characters.map((character) => (
          <CharacterRow
            key={character.characterId}
            character={character}
            isActive={character.characterId === me.activeCharacterId}
            onActivate={() => act(api.activate(character.characterId))}
            onDelete={() => act(api.deleteCharacter(character.characterId))}
          />
        ))}
      </fieldset>
      <NewCharacter onMake={make} />
      <FormError text={error} />
    </section>
  );
}

interface RowProps {
  character: Character;
  isActive: boolean;
  onActivate: () => void;
  onDelete: () => void;
}

function CharacterRow({ character, isActive, onActivate, onDelete }: RowProps) {
  const t = useTexts();
  const [isAsking, setAsking] = useState(false);
  const { name, suspended } = character;
  if (isAsking) {
    return (
      <div class="choice asking">
        <span class="choice-name">{t.characters.sure(name)}</span>
        <button type="button" class="danger small" onClick={onDelete}>
          {t.characters.yes}
        </button>
        <button type="button" class="small" onClick={() => setAsking(false)}>
          {t.characters.no}
        </button>
      </div>
    );
  }
  return (
    <div class="choice">
      <label>
        <input type="radio" name="character" checked={isActive} onChange={onActivate} />
        <span class="choice-name">{name}</span>
        {suspended && <span class="pill bad">{t.characters.suspended}</span>}
      </label>
      <button type="button" class="quiet small" aria-label={t.characters.remove(name)} onClick={() => setAsking(true)}>
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M5 7h14M10 7V4h4v3m-7 0 1 13h8l1-13" />
        </svg>
      </button>
    </div>
  );
}

function NewCharacter({ onMake }: { onMake: (name: string) => Promise<boolean> }) {
  const t = useTexts();
  const [name, setName] = useState('');
  const [isBusy, setBusy] = useState(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    if (await onMake(name.trim())) setName('');
    setBusy(false);
  }

  return (
    <form class="new-character" onSubmit={submit}>
      <input
        aria-label={t.characters.name}
        placeholder={t.characters.placeholder}
        value={name}
        required
        maxLength={32}
        autoComplete="off"
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" disabled={isBusy || name.trim() === ''}>
        {t.characters.make}
      </button>
    </form>
  );
}

function explain({ status, code }: Problem, t: Texts): string {
  if (status === 0 || status >= 500) return t.auth.noAnswer;
  const isFull = status === 409 && code !== 'CHARACTER_IN_USE';
  return isFull ? t.characters.tooMany : (t.characters.errors[code] ?? t.characters.other);
}
