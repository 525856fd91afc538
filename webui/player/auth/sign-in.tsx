import { useEffect, useState } from 'preact/hooks';
import { en } from '../../texts/en';
import { Field, FormError } from '../../ui/field';
import { type AuthConfig, api, type Login, type Problem } from '../api';

type Way = 'logIn' | 'register' | 'guest';

export function SignIn({ onLogin }: { onLogin: (login: Login) => void }) {
  const config = useAuthConfig();
  const ways = config === null ? [] : waysOf(config);
  const [way, setWay] = useState<Way>('logIn');
  const chosen = ways.includes(way) ? way : ways[0];
  return (
    <main class="sign-in">
      <section class="card" aria-labelledby="welcome">
        <h1 id="welcome">{en.auth.title}</h1>
        <p class="lead">{en.tagline}</p>
        <fieldset class="ways">
          <legend class="unseen">{en.auth.ways}</legend>
          {ways.map((each) => (
            <label key={each} class="way">
              <input type="radio" name="way" class="unseen" checked={each === chosen} onChange={() => setWay(each)} />
              {en.auth.way[each]}
            </label>
          ))}
        </fieldset>
        {chosen ? <SignInForm key={chosen} way={chosen} onLogin={onLogin} /> : <NoWay isKnown={config !== null} />}
      </section>
    </main>
  );
}

function NoWay({ isKnown }: { isKnown: boolean }) {
  return <p class="no-way">{isKnown ? en.auth.nobody : ' '}</p>;
}

function SignInForm({ way, onLogin }: { way: Way; onLogin: (login: Login) => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError('');
    const result = await send(way, name, password);
    setBusy(false);
    if (result.ok) onLogin(result.value);
    else setError(explain(result.problem));
  }

  const isNew = way !== 'logIn';
  return (
    <form onSubmit={submit}>
      <Field
        label={en.auth.name}
        hint={isNew ? en.auth.nameHint : undefined}
        value={name}
        onChange={setName}
        minLength={isNew ? 3 : undefined}
        maxLength={32}
        autoComplete="username"
      />
      {way !== 'guest' && (
        <Field
          label={en.auth.password}
          hint={isNew ? en.auth.passwordHint : undefined}
          type="password"
          value={password}
          onChange={setPassword}
          minLength={isNew ? 8 : undefined}
          autoComplete={isNew ? 'new-password' : 'current-password'}
        />
      )}
      <FormError text={error} />
      <button type="submit" class="primary wide" disabled={isBusy}>
        {en.auth[way]}
      </button>
    </form>
  );
}

function send(way: Way, name: string, password: string) {
  switch (way) {
    case 'logIn':
      return api.logIn(name, password);
    case 'register':
      return api.register(name, password);
    case 'guest':
      return api.guest(name);
  }
}

function waysOf({ local, guests }: AuthConfig): Way[] {
  const ways: Way[] = local ? ['logIn', 'register'] : [];
  return guests ? [...ways, 'guest'] : ways;
}

function explain({ status, code, retryAfterSeconds }: Problem): string {
  if (status === 429) return en.auth.limited(retryAfterSeconds ?? 60);
  if (status === 0 || status >= 500) return en.auth.noAnswer;
  return en.auth.errors[code] ?? en.auth.other;
}

/** Null until the server has told; asked again while it does not answer. */
function useAuthConfig(): AuthConfig | null {
  const [config, setConfig] = useState<AuthConfig | null>(null);
  useEffect(() => {
    if (config !== null) return;
    const ask = async () => {
      const result = await api.authConfig();
      if (result.ok) setConfig(result.value);
    };
    void ask();
    const timer = setInterval(ask, 3_000);
    return () => clearInterval(timer);
  }, [config]);
  return config;
}
