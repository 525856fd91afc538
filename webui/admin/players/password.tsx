import { useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Said, useDeed } from '../kit/bits';
import { Confirm } from '../kit/confirm';

export function Password({ account }: { account: Wire['Account'] }) {
  const [isAsked, ask] = useState(false);
  const [password, setPassword] = useState('');
  const [mustChange, setMustChange] = useState(true);
  const { isBusy, said, run } = useDeed();
  async function reset(): Promise<void> {
    const path = `/accounts/${account.accountId}/password`;
    const deed = () => call<Wire['NewPassword']>('POST', path, { body: { password: '', mustChange } });
    const answer = await run(deed, 'The password is reset, and the player is logged out everywhere.');
    ask(false);
    if (answer.ok) setPassword(answer.body.password);
  }
  return (
    <Card title="Password">
      {password ? (
        <p>
          The new password, shown this once: <code class="secret">{password}</code>
        </p>
      ) : (
        <p class="hint">
          A new one is made up and shown once. The player is logged out everywhere; a running session goes on.
        </p>
      )}
      <Said said={said} />
      <button type="button" onClick={() => ask(true)}>
        Reset the password
      </button>
      {isAsked && (
        <Confirm
          title={`Reset the password of ${account.name}?`}
          confirm="Reset"
          isDangerous
          isBusy={isBusy}
          onConfirm={reset}
          onCancel={() => ask(false)}
        >
          <p>The present password stops working, and the player is logged out everywhere.</p>
          <label class="check">
            <input
              type="checkbox"
              checked={mustChange}
              onChange={(event) => setMustChange(event.currentTarget.checked)}
            />
            The player must choose another one at the next log-in
          </label>
        </Confirm>
      )}
    </Card>
  );
}
