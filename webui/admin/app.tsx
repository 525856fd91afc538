import { useEffect, useState } from 'preact/hooks';
import { Brand } from '../ui/brand';
import { isSetupNeeded } from './api';
import { SetupForm } from './setup-form';
import { admin } from './texts';

type SetupState = 'unknown' | 'unanswered' | 'needed' | 'done';

const t = admin;

export function App({ setupToken }: { setupToken: string | null }) {
  const [state, setState] = useState<SetupState>('unknown');
  const [admin, setAdmin] = useState<string | null>(null);

  useEffect(() => {
    void isSetupNeeded().then((needed) => setState(needed === null ? 'unanswered' : needed ? 'needed' : 'done'));
  }, []);

  const isForm = setupToken !== null && admin === null && state !== 'done';
  return (
    <>
      <header class="top">
        <Brand />
        <a href="/">{t.toPlayers}</a>
      </header>
      <main class="admin">
        <h1>{t.title}</h1>
        <section class="card" aria-live="polite">
          {isForm ? <SetupForm setupToken={setupToken} onDone={setAdmin} /> : <Status state={state} admin={admin} />}
        </section>
        <Coming />
        <Meanwhile />
      </main>
    </>
  );
}

function Status({ state, admin }: { state: SetupState; admin: string | null }) {
  if (admin !== null) return <Words title={t.ready.title} lead={t.done(admin)} />;
  switch (state) {
    case 'unknown':
      return <Words title={t.title} lead={t.checking} />;
    case 'unanswered':
      return <Words title={t.title} lead={t.noAnswer} />;
    case 'needed':
      return <Words {...t.needed} />;
    case 'done':
      return <Words {...t.ready} />;
  }
}

function Words({ title, lead }: { title: string; lead: string }) {
  return (
    <>
      <h2>{title}</h2>
      <p class="lead">{lead}</p>
    </>
  );
}

function Coming() {
  return (
    <section class="card">
      <h2>{t.coming.title}</h2>
      <ul class="coming">
        {t.coming.items.map((item) => (
          <li key={item}>{item}</li>
        ))}
      </ul>
    </section>
  );
}

function Meanwhile() {
  return (
    <section class="card">
      <h2>{t.meanwhile.title}</h2>
      <dl class="commands">
        {t.meanwhile.commands.map(([command, effect]) => (
          <div key={command}>
            <dt>
              <code>{command}</code>
            </dt>
            <dd>{effect}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
