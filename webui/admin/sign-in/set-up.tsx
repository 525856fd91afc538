import { useState } from 'preact/hooks';
import { Brand } from '../../ui/brand';
import { call } from '../api';
import { Input, Said, useDeed } from '../kit/bits';
import type { Me } from '../me';

/** Makes the first administrator for whoever has the link that the server printed. */
export function SetUp({ token, onDone }: { token: string | null; onDone: (me: Me) => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { isBusy, said, run } = useDeed();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const body = { setupToken: token ?? '', name, password };
    const answer = await run(() => call<Me>('POST', '/setup', { body }), '');
    if (answer.ok) onDone(answer.body);
  }

  return (
    <main class="narrow">
      <Brand />
      {token === null ? (
        <section class="card">
          <h1>Not set up yet</h1>
          <p class="lead">
            Open the set-up link that the server printed when it started. It ends in #setup= and a code.
          </p>
        </section>
      ) : (
        <form class="card" onSubmit={submit}>
          <h1>Set up the first administrator</h1>
          <p class="lead">
            Choose the name and password that will open this page. The link that brought you here works once.
          </p>
          <Input
            label="Name"
            hint="3 to 32 characters"
            value={name}
            onChange={setName}
            maxLength={32}
            autoComplete="username"
            required
          />
          <Input
            label="Password"
            hint="At least 12 characters"
            type="password"
            value={password}
            onChange={setPassword}
            autoComplete="new-password"
            required
          />
          <Said said={said} />
          <button type="submit" class="primary" disabled={isBusy}>
            Create administrator
          </button>
        </form>
      )}
    </main>
  );
}
