import { useState } from 'preact/hooks';
import { Field, FormError } from '../ui/field';
import { setUp } from './api';
import { admin } from './texts';

interface Props {
  setupToken: string;
  onDone: (name: string) => void;
}

const t = admin.setUp;

export function SetupForm({ setupToken, onDone }: Props) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    const code = await setUp({ setupToken, name, password });
    setBusy(false);
    if (code === null) onDone(name);
    else setError(code === '' ? admin.noAnswer : (admin.errors[code] ?? admin.other));
  }

  return (
    <form onSubmit={submit}>
      <h2>{t.title}</h2>
      <p class="lead">{t.lead}</p>
      <Field
        label={t.name}
        hint={t.nameHint}
        value={name}
        onChange={setName}
        minLength={3}
        maxLength={32}
        autoComplete="username"
      />
      <Field
        label={t.password}
        hint={t.passwordHint}
        type="password"
        value={password}
        onChange={setPassword}
        minLength={12}
        autoComplete="new-password"
      />
      <FormError text={error} />
      <button type="submit" class="primary" disabled={isBusy}>
        {t.submit}
      </button>
    </form>
  );
}
