import { useCallback, useEffect, useState } from 'preact/hooks';
import { call, type Wire } from '../api';
import { Card } from '../kit/bits';
import { NewWebhook } from './new-webhook';
import { WebhookRow } from './webhook-row';

/** How often the page looks how deliveries go. */
const pause = 2000;

/** Who else is told of what happens, and whether it arrives. */
export function WebhooksPage() {
  const [list, setList] = useState<Wire['WebhookList'] | null>(null);
  const read = useCallback(async () => {
    const answer = await call<Wire['WebhookList']>('GET', '/webhooks');
    if (answer.ok) setList(answer.body);
  }, []);
  useEffect(() => {
    void read();
    const timer = setInterval(read, pause);
    return () => clearInterval(timer);
  }, [read]);
  return (
    <>
      <h1>Webhooks</h1>
      <p class="lead">
        Your own programs are told of what happens, in order and until they have taken it, also across restarts.
      </p>
      <Card title="Addresses">
        {list?.webhooks.length === 0 && (
          <p class="hint">Nobody is told yet. Add the address of a program of yours below, then send it a test.</p>
        )}
        <ul class="plain webhooks">
          {list?.webhooks.map((hook) => (
            <WebhookRow key={hook.webhookId} hook={hook} presets={list.presets} onChanged={read} />
          ))}
        </ul>
      </Card>
      {list && <NewWebhook presets={list.presets} onDone={read} />}
    </>
  );
}
