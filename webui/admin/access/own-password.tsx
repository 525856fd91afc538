import { useState } from 'preact/hooks';
import { call } from '../api';
import { Card, Input, Said, useDeed } from '../kit/bits';

export function OwnPassword() {
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const { isBusy, said, run } = useDeed();
  async function save(event: Event): Promise<void> {
    event.preventDefault();
    const deed = () => call('PUT', '/me/password', { body: { current, password } });
    const answer = await run(deed, 'Your password is changed, and your other log-ins are ended.');
    if (!answer.ok) return;
    setCurrent('');
    setPassword('');
  }
  return (
    <Card title="Your password">
      <form onSubmit={save}>
        <Input
          label="Present password"
          type="password"
          value={current}
          onChange={setCurrent}
          autoComplete="current-password"
          required
        />
        <Input
          label="New password"
          hint="At least 12 characters"
          type="password"
          value={password}
          onChange={setPassword}
          autoComplete="new-password"
          required
        />
        <Said said={said} />
        <button type="submit" class="primary" disabled={isBusy}>
          Change it
        </button>
      </form>
    </Card>
  );
}
