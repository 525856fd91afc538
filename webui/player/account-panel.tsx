import { useState } from 'preact/hooks';
import { Field, FormError } from '../ui/field';
import { useTexts } from '../ui/texts';
import { api, type Me, type Result } from './api';
import { explain } from './explain';

interface Props {
  me: Me;
  onChange: () => void;
  /** The token is dead. */
  onLoggedOut: () => void;
}

/** What a player can do with the account itself; folded away, as it is seldom wanted. */
export function AccountPanel({ me, onChange, onLoggedOut }: Props) {
  const t = useTexts();
  return (
    <details class="card account-panel">
      <summary>{t.account.title}</summary>
      {me.isGuest && <KeepAccount onDone={onChange} />}
      {me.hasPassword && <ChangePassword />}
      <section aria-labelledby="everywhere">
        <h3 id="everywhere">{t.account.everywhere}</h3>
        <Deed
          label={t.account.everywhere}
          hint={t.account.everywhereHint}
          deed={api.logOutEverywhere}
          onDone={onLoggedOut}
        />
      </section>
      <DeleteAccount needsPassword={me.hasPassword} onDone={onLoggedOut} />
    </details>
  );
}

/** Runs a call and tells what came of it. */
function useDeed(onDone: () => void) {
  const t = useTexts();
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  async function run(deed: () => Promise<Result<unknown>>): Promise<void> {
    setBusy(true);
    setError('');
    const result = await deed();
    setBusy(false);
    if (result.ok) onDone();
    else setError(explain(result.problem, t));
  }
  return { error, isBusy, run };
}

function Deed(props: { label: string; hint: string; deed: () => Promise<Result<unknown>>; onDone: () => void }) {
  const { error, isBusy, run } = useDeed(props.onDone);
  return (
    <>
      <p class="hint">{props.hint}</p>
      <FormError text={error} />
      <button type="button" disabled={isBusy} onClick={() => run(props.deed)}>
        {props.label}
      </button>
    </>
  );
}

function ChangePassword() {
  const t = useTexts();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [isDone, setDone] = useState(false);
  const { error, isBusy, run } = useDeed(() => {
    setDone(true);
    setCurrent('');
    setNext('');
  });
  const submit = (event: Event) => {
    event.preventDefault();
    setDone(false);
    void run(() => api.changePassword(current, next));
  };
  return (
    <form onSubmit={submit} aria-labelledby="change-password">
      <h3 id="change-password">{t.account.password}</h3>
      <Field
        label={t.account.current}
        type="password"
        value={current}
        onChange={setCurrent}
        autoComplete="current-password"
      />
      <Field
        label={t.account.next}
        hint={t.auth.passwordHint}
        type="password"
        value={next}
        onChange={setNext}
        minLength={8}
        autoComplete="new-password"
      />
      <FormError text={error} />
      <button type="submit" disabled={isBusy}>
        {t.account.change}
      </button>
      <p role="status">{isDone ? t.account.changed : ''}</p>
    </form>
  );
}

/** A guest takes a name and a password, and keeps everything else. */
function KeepAccount({ onDone }: { onDone: () => void }) {
  const t = useTexts();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { error, isBusy, run } = useDeed(onDone);
  const submit = (event: Event) => {
    event.preventDefault();
    void run(() => api.upgrade(name, password));
  };
  return (
    <form onSubmit={submit} aria-labelledby="keep-account">
      <h3 id="keep-account">{t.account.keep}</h3>
      <p class="hint">{t.account.keepHint}</p>
      <Field
        label={t.auth.name}
        hint={t.auth.nameHint}
        value={name}
        onChange={setName}
        minLength={3}
        maxLength={32}
        autoComplete="username"
      />
      <Field
        label={t.auth.password}
        hint={t.auth.passwordHint}
        type="password"
        value={password}
        onChange={setPassword}
        minLength={8}
        autoComplete="new-password"
      />
      <FormError text={error} />
      <button type="submit" class="primary" disabled={isBusy}>
        {t.account.keep}
      </button>
    </form>
  );
}

/** Asks first. */
function DeleteAccount({ needsPassword, onDone }: { needsPassword: boolean; onDone: () => void }) {
  const t = useTexts();
  const [isAsked, setAsked] = useState(false);
  const [password, setPassword] = useState('');
  const { error, isBusy, run } = useDeed(onDone);
  const submit = (event: Event) => {
    event.preventDefault();
    void run(() => api.deleteMe(password));
  };
  return (
    <form onSubmit={submit} aria-labelledby="delete-account">
      <h3 id="delete-account">{t.account.remove}</h3>
      <p class="hint">{t.account.removeHint}</p>
      {isAsked && needsPassword && (
        <Field
          label={t.auth.password}
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
        />
      )}
      <FormError text={error} />
      {isAsked ? (
        <div class="row">
          <button type="submit" class="danger" disabled={isBusy}>
            {t.account.yes}
          </button>
          <button type="button" onClick={() => setAsked(false)}>
            {t.account.no}
          </button>
        </div>
      ) : (
        <button type="button" onClick={() => setAsked(true)}>
          {t.account.remove}
        </button>
      )}
    </form>
  );
}
