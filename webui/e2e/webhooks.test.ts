import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hire, part, setUp, visit } from './admin';
import { inspect } from './player';
import { expect, test } from './scene';

/** A program of the studio, which takes what it is sent or does not. */
async function receiver() {
  const taken: string[] = [];
  let status = 200;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const part of request) body += part;
    response.writeHead(status).end();
    const { events } = JSON.parse(body) as { events: { event: string }[] };
    if (status === 200) taken.push(...events.map(({ event }) => event));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/events`,
    taken,
    answers: (next: number) => {
      status = next;
    },
    close: () => server.close(),
  };
}

test('a webhook is added, shows its secret once, is tested and told of what happens', async ({ server, browser }) => {
  const backend = await receiver();
  const page = await setUp(browser, server);
  await visit(page, 'Webhooks');
  const list = part(page, 'Addresses');
  const form = part(page, 'Add a webhook');
  await expect(list).toContainText('Nobody is told yet.');
  await inspect({ page }, 'admin-webhooks-empty');

  await form.getByLabel('Name').fill('backend');
  await form.getByLabel('Address').fill(backend.url);
  await form.getByLabel('Other events').fill('instance.chnaged');
  await form.getByRole('button', { name: 'Add the webhook' }).click();
  await expect(form.getByText('"instance.chnaged" is no event')).toBeVisible();
  await form.getByLabel('Other events').fill('instance.changed');
  await form.getByLabel('instances drained').check();
  await form.getByRole('button', { name: 'Add the webhook' }).click();
  const secret = (await form.locator('code.secret').textContent()) ?? '';
  expect(secret.length).toBeGreaterThan(32);
  await expect(list).toContainText('sessions begun and ended, instances drained, instance.changed');
  await expect(list).toContainText('all delivered');

  await list.getByRole('button', { name: 'Test backend' }).click();
  await expect(list.getByText('The receiver took the test: 200')).toBeVisible();
  expect(backend.taken).toEqual(['webhook.test']);
  await server.command('instance', 'drain', 'main');
  await expect.poll(() => backend.taken).toEqual(['webhook.test', 'instance.changed', 'instance.drained']);
  await expect(list).not.toContainText('none yet');
  await page.reload();
  await expect(list).toContainText('backend');
  await expect(page.locator('body')).not.toContainText(secret);
  backend.close();
});

test('the page tells how deliveries go; a webhook is paused, goes on and is removed', async ({ server, browser }) => {
  const backend = await receiver();
  backend.answers(500);
  await server.command('webhook', 'add', 'backend', backend.url, '--event', 'instance.changed');
  const page = await setUp(browser, server);
  await visit(page, 'Webhooks');
  const list = part(page, 'Addresses');
  await list.getByRole('button', { name: 'Test backend' }).click();
  await expect(list.getByText('The test was not taken: the receiver answered 500')).toBeVisible();
  await server.command('instance', 'open', 'main');
  await expect(list).toContainText('failing');
  await expect(list).toContainText('the receiver answered 500 Internal Server Error');
  await expect(list).toContainText('Next try');
  await inspect({ page }, 'admin-webhooks');
  await list.getByRole('button', { name: 'Pause backend' }).click();
  await expect(list.getByText('What happens from now on waits.')).toBeVisible();
  await expect(list).toContainText('paused');
  await expect(list).toContainText('1 event');
  backend.answers(200);
  await list.getByRole('button', { name: 'Resume backend' }).click();
  await expect.poll(() => backend.taken.length).toBe(1);
  await expect(list).toContainText('all delivered');

  await list.getByRole('button', { name: 'Remove backend' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(list).toContainText('Nobody is told yet.');
  backend.close();
});

test('webhooks are for owners', async ({ server, browser }) => {
  const olga = await setUp(browser, server);
  const omar = await hire(browser, server, olga, 'omar', 'operator');
  await expect(omar.getByRole('link', { name: 'Access' })).toBeVisible();
  await expect(omar.getByRole('link', { name: 'Webhooks' })).toBeHidden();
  await omar.goto(`${server.url}/admin/#/webhooks`);
  await expect(omar.getByText('This page is for owners.')).toBeVisible();
  const status = await omar.evaluate(async () => (await fetch('/admin/api/webhooks')).status);
  expect(status).toBe(403);
});
