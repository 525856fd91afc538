import { useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Said, useDeed } from '../kit/bits';
import { Confirm } from '../kit/confirm';
import { href } from '../route';

/** Takes an account away for good, after asking. */
export function RemoveAccount({ account }: { account: Wire['Account'] }) {
  const [isAsked, ask] = useState(false);
  const { isBusy, said, run } = useDeed();
  async function remove(): Promise<void> {
    const answer = await run(() => call('DELETE', `/accounts/${account.accountId}`), 'The account is deleted.');
    ask(false);
    if (answer.ok) location.hash = href('players');
  }
  return (
    <Card title="Delete">
      <p class="hint">
        The name, the characters and whatever the player holds go at once. The log keeps what happened, by ids alone.
      </p>
      <Said said={said} />
      <button type="button" class="danger" onClick={() => ask(true)}>
        Delete the account
      </button>
      {isAsked && (
        <Confirm
          title={`Delete the account of ${account.name}?`}
          confirm="Delete"
          isDangerous
          isBusy={isBusy}
          onConfirm={remove}
          onCancel={() => ask(false)}
        >
          <p>This cannot be undone.</p>
        </Confirm>
      )}
    </Card>
  );
}
