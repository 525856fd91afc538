import { useEffect, useState } from 'preact/hooks';
import { Field, FormError } from '../../ui/field';
import { useTexts } from '../../ui/texts';
import { type AuthConfig, api, type Login } from '../api';
import { explain } from '../explain';
import { ElsewhereButton } from './elsewhere-button';

type Way = 'logIn' | 'register' | 'guest';

export function SignIn({ onToken }: { onToken: (token: string) => void }) {
  const onLogin = (login: Login) => onToken(login.token);
  const t = useTexts();
  const config = useAuthConfig();
  const ways = config === null ? [] : waysOf(config);
  const [way, setWay] = useState<Way>('logIn');
  const chosen = ways.includes(way) ? way : ways[0];
  return (
    <main class="sign-in">
      <section class="card" aria-labelledby="welcome">
        <h1 id="welcome">{t.auth.title}</h1>
        <p class="lead">{t.auth.tagline}</p>
        {(config === null || ways.length > 0) && (
          <fieldset class="ways">
            <legend class="unseen">{t.auth.ways}</legend>
            {ways.map((each) => (
              <label key={each} class="way">
                <input type="radio" name="way" class="unseen" checked={each === chosen} onChange={() => setWay(each)} />
                {t.auth.way[each]}
              </label>
            ))}
          </fieldset>
        )}
        {chosen && <SignInForm key={chosen} way={chosen} onLogin={onLogin} />}
        {config?.oidc && <ElsewhereButton provider={config.oidc} onToken={onToken} />}
        {!chosen && !config?.oidc && <NoWay isKnown={config !== null} />}
      </section>
    </main>
  );
}

function NoWay({ isKnown }: { isKnown: boolean }) {
  const t = useTexts();
  return <p class="no-way">{isKnown ? t.auth.nobody : ' '}</p>;
}

function SignInForm({ way, onLogin }: { way: Way; onLogin: (login: Login) => void }) {
  const t = useTexts();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [next, setNext] = useState('');
  const [mustChange, setMustChange] = useState(false);
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    setBusy(true);
    setError('');
    const result = mustChange ? await api.replacePassword(name, password, next) : await send(way, name, password);
    setBusy(false);
    if (result.ok) onLogin(result.value);
    else {
      setMustChange(mustChange || result.problem.code === 'PASSWORD_CHANGE_REQUIRED');
      setError(explain(result.problem, t));
    }
  }

  const isNew = way !== 'logIn';
  return (
    <form onSubmit={submit}>
      <Field
        label={t.auth.name}
        hint={isNew ? t.auth.nameHint : undefined}
        value={name}
        onChange={setName}
        minLength={isNew ? 3 : undefined}
        maxLength={32}
        autoComplete="username"
      />
      {way !== 'guest' && (
        <Field
          label={t.auth.password}
          hint={isNew ? t.auth.passwordHint : undefined}
          type="password"
          value={password}
          onChange={setPassword}
          minLength={isNew ? 8 : undefined}
          autoComplete={isNew ? 'new-password' : 'current-password'}
        />
      )}
      {mustChange && (
        <Field
          label={t.account.next}
          hint={t.auth.passwordHint}
          type="password"
          value={next}
          onChange={setNext}
          minLength={8}
          autoComplete="new-password"
        />
      )}
      {way === 'guest' && <p class="hint">{t.auth.guestHint}</p>}
      <FormError text={error} />
      <button type="submit" class="primary wide" disabled={isBusy}>
        {t.auth[way]}
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
