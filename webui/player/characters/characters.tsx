import { useState } from 'preact/hooks';
import { en } from '../../texts/en';
import { FormError } from '../../ui/field';
import { api, type Character, type Me, type Result } from '../api';

interface Props {
  me: Me;
  onChange: () => void;
}

export function Characters({ me, onChange }: Props) {
  const [error, setError] = useState('');

  async function act<T>(action: Promise<Result<T>>): Promise<boolean> {
    const result = await action;
    if (result.ok) onChange();
    setError(result.ok ? '' : explain(result.problem.code, result.problem.status));
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
      <h2 id="characters">{en.characters.title}</h2>
      {me.characters.length === 0 && <p class="lead">{en.characters.none}</p>}
      <fieldset class="choices">
        <legend class="unseen">{en.characters.legend}</legend>
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
  const [isAsking, setAsking] = useState(false);
  const { name, suspended } = character;
  if (isAsking) {
    return (
      <div class="choice asking">
        <span class="choice-name">{en.characters.sure(name)}</span>
        <button type="button" class="danger small" onClick={onDelete}>
          {en.characters.yes}
        </button>
        <button type="button" class="small" onClick={() => setAsking(false)}>
          {en.characters.no}
        </button>
      </div>
    );
  }
  return (
    <div class="choice">
      <label>
        <input type="radio" name="character" checked={isActive} onChange={onActivate} />
        <span class="choice-name">{name}</span>
        {suspended && <span class="pill bad">{en.characters.suspended}</span>}
      </label>
      <button type="button" class="quiet small" aria-label={en.characters.remove(name)} onClick={() => setAsking(true)}>
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
          <path d="M5 7h14M10 7V4h4v3m-7 0 1 13h8l1-13" />
        </svg>
      </button>
    </div>
  );
}

function NewCharacter({ onMake }: { onMake: (name: string) => Promise<boolean> }) {
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
        aria-label={en.characters.name}
        placeholder={en.characters.placeholder}
        value={name}
        required
        maxLength={32}
        autoComplete="off"
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" disabled={isBusy || name.trim() === ''}>
        {en.characters.make}
      </button>
    </form>
  );
}

function explain(code: string, status: number): string {
  if (status === 0 || status >= 500) return en.auth.noAnswer;
  const isFull = status === 409 && code !== 'CHARACTER_IN_USE';
  return isFull ? en.characters.tooMany : (en.characters.errors[code] ?? en.characters.other);
}
