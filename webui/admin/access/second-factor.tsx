import { useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card, Input, Said, useDeed } from '../kit/bits';
import { useMe } from '../me';

/** Codes of an authenticator app beside the password. */
export function SecondFactor({ onMeChanged }: { onMeChanged: () => void }) {
  const { hasTotp } = useMe();
  return (
    <Card title="Your second factor">{hasTotp ? <Remove onDone={onMeChanged} /> : <SetUp onDone={onMeChanged} />}</Card>
  );
}

function SetUp({ onDone }: { onDone: () => void }) {
  const [offer, setOffer] = useState<Wire['TotpOffer'] | null>(null);
  const [code, setCode] = useState('');
  const { isBusy, said, run } = useDeed();
  async function begin(): Promise<void> {
    const answer = await run(() => call<Wire['TotpOffer']>('POST', '/me/totp'), '');
    if (answer.ok) setOffer(answer.body);
  }
  async function confirm(event: Event): Promise<void> {
    event.preventDefault();
    const body = { secret: offer?.secret ?? '', code };
    const answer = await run(() => call('PUT', '/me/totp', { body }), 'The second factor is in force.');
    if (answer.ok) onDone();
  }
  if (!offer) {
    return (
      <>
        <p class="hint">With one, a stolen password alone opens nothing.</p>
        <Said said={said} />
        <button type="button" disabled={isBusy} onClick={begin}>
          Set one up
        </button>
      </>
    );
  }
  return (
    <form onSubmit={confirm}>
      <img class="qr" src={offer.qr} alt="QR code for an authenticator app" width={180} height={180} />
      <p>
        Or type it in: <code class="secret">{offer.secret}</code>
      </p>
      <Input
        label="Code that the app shows"
        value={code}
        onChange={setCode}
        maxLength={6}
        autoComplete="one-time-code"
        required
      />
      <Said said={said} />
      <button type="submit" class="primary" disabled={isBusy}>
        Put it in force
      </button>
    </form>
  );
}

function Remove({ onDone }: { onDone: () => void }) {
  const [current, setCurrent] = useState('');
  const { isBusy, said, run } = useDeed();
  async function remove(event: Event): Promise<void> {
    event.preventDefault();
    const answer = await run(() => call('DELETE', '/me/totp', { body: { current } }), 'It is gone.');
    if (answer.ok) onDone();
  }
  return (
    <form onSubmit={remove}>
      <p class="good">It is in force.</p>
      <Input
        label="Password, to take it away"
        type="password"
        value={current}
        onChange={setCurrent}
        autoComplete="current-password"
        required
      />
      <Said said={said} />
      <button type="submit" disabled={isBusy}>
        Take it away
      </button>
    </form>
  );
}
