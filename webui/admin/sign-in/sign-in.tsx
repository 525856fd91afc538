import { useState } from 'preact/hooks';
import { Brand } from '../../ui/brand';
import { call } from '../api';
import { Input, Said, useDeed } from '../kit/bits';
import type { Me } from '../me';

export function SignIn({ wasIn, onDone }: { wasIn: boolean; onDone: (me: Me) => void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [needsCode, setNeedsCode] = useState(false);
  const { isBusy, said, run } = useDeed();

  async function submit(event: Event): Promise<void> {
    event.preventDefault();
    const body = { name, password, code };
    const answer = await run(() => call<Me>('POST', '/login', { body }), '');
    if (answer.ok) onDone(answer.body);
    else if (answer.code === 'CODE_NEEDED') setNeedsCode(true);
  }

  return (
    <main class="narrow">
      <Brand />
      <form class="card" onSubmit={submit}>
        <h1>Administration</h1>
        <p class="lead">
          {wasIn ? 'Your log-in has ended. Log in again to go on where you were.' : 'Log in to operate this server.'}
        </p>
        <Input label="Name" value={name} onChange={setName} autoComplete="username" required />
        <Input
          label="Password"
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="current-password"
          required
        />
        {needsCode && (
          <Input
            label="Code"
            hint="Six digits from your authenticator app"
            value={code}
            onChange={setCode}
            autoComplete="one-time-code"
            maxLength={6}
            required
          />
        )}
        <Said said={said} />
        <button type="submit" class="primary" disabled={isBusy}>
          Log in
        </button>
      </form>
      <p class="hint">
        <a href="/">To the player page</a>
      </p>
    </main>
  );
}
