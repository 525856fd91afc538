/** Studios' own pages on an origin of their own: with React, with the element, and where they are not welcome. */
import { inspect, offences, watch } from './player';
import { expect, test as scene } from './scene';
import { type Server, startServer } from './server';
import { openStudio, type Studio } from './studio';

const test = scene.extend<object, { studio: Studio }>({
  studio: [
    // biome-ignore lint/correctness/noEmptyPattern: the runner reads the fixtures' names out of the pattern.
    async ({}, use) => {
      const studio = await openStudio();
      await use(studio);
      await studio.remove();
    },
    { scope: 'worker' },
  ],
});

test('a page with React joins, waits, plays and leaves; a reload keeps the seat', async ({ browser, studio }) => {
  const server = await startServer('--allowed-origins', studio.url);
  const page = await (await browser.newContext()).newPage();
  const token = await newPlayer(server, 'ana');
  await page.goto(`${studio.url}/react?gate=${server.url}&token=${token}`);
  const state = page.getByTestId('state');
  await expect(state).toHaveText('idle');
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(state).toHaveText('admitted');
  await page.getByRole('button', { name: 'Play' }).click();
  await expect(page).toHaveTitle('has a ticket');
  await page.reload();
  await expect(state).toHaveText('admitted');
  await page.getByRole('button', { name: 'Leave' }).click();
  await expect(state).toHaveText('idle');

  await server.command('instance', 'set', 'main', '--capacity', '0');
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(page.getByText('Position 1 of 1')).toBeVisible();
  await page.context().close();
  await server.remove();
});

test('the element shows every state, asks before a takeover, and takes the page’s words and colours', async ({
  browser,
  studio,
}) => {
  offences.length = 0;
  const server = await startServer('--allowed-origins', studio.url);
  const address = `${studio.url}/element?gate=${server.url}&token=${await newPlayer(server, 'ana')}`;
  const context = await browser.newContext({ locale: 'en-GB' });
  const first = await open(address);
  await expect(first.getByText('The arena opens at eight.')).toBeVisible();
  await inspect({ page: first }, 'element-idle');
  await expect(first.getByRole('button', { name: 'Connect' })).toHaveCSS('background-color', 'rgb(138, 28, 74)');
  await first.getByRole('button', { name: 'Connect' }).click();
  await expect(first.getByRole('heading', { name: 'You are in' })).toBeVisible();
  await expect(first).toHaveTitle('admitted');
  await inspect({ page: first }, 'element-admitted');

  // A browser that allows no new tab: the element says so, also after it was drawn anew.
  await first.evaluate(() => {
    window.open = () => null;
    document.querySelector('gatekeeper-connect')?.setAttribute('game-url', 'https://game.example/');
  });
  await first.getByRole('button', { name: 'Open the game' }).click();
  const problem = first.locator('gatekeeper-connect').getByText('The browser blocked the new tab.').first();
  await expect(problem).toBeVisible();
  const drawn = await first.locator('dd').textContent();
  await expect(first.locator('dd')).not.toHaveText(drawn ?? '');
  await expect(problem).toBeVisible();

  const second = await open(address);
  await second.getByRole('button', { name: 'Connect' }).click();
  await expect(second.getByRole('heading', { name: 'Already playing' })).toBeVisible();
  await inspect({ page: second }, 'element-replacing');
  await second.getByRole('button', { name: 'Take over here' }).click();
  await expect(second.getByRole('heading', { name: 'You are in' })).toBeVisible();
  await expect(first.getByRole('heading', { name: 'Continued somewhere else' })).toBeVisible();

  await second.evaluate(() => document.querySelector('gatekeeper-connect')?.setAttribute('lang', 'de'));
  await expect(second.getByRole('heading', { name: 'Du bist drin' })).toBeVisible();
  await second.getByRole('button', { name: 'Verlassen' }).click();
  await server.command('instance', 'set', 'main', '--capacity', '0');
  await second.getByRole('button', { name: 'Verbinden' }).click();
  await expect(second.getByText('deine Position')).toBeVisible();
  await inspect({ page: second }, 'element-queued');
  await context.close();
  await server.remove();
  expect(offences).toEqual([]);

  async function open(url: string) {
    const page = await context.newPage();
    watch(page, new URL(studio.url).host, new URL(server.url).host);
    await page.goto(url);
    return page;
  }
});

test('a page that the server does not know gets nothing', async ({ browser, studio }) => {
  const server = await startServer();
  const page = await (await browser.newContext()).newPage();
  const token = await newPlayer(server, 'ana');
  await page.goto(`${studio.url}/react?gate=${server.url}&token=${token}`);
  await page.getByRole('button', { name: 'Join' }).click();
  await expect(page.getByTestId('state')).toHaveText('failed', { timeout: 20_000 });
  await page.context().close();
  await server.remove();
});

/** As a studio's own backend would: registers an account with a character, and hands on its token. */
async function newPlayer({ url }: Server, name: string): Promise<string> {
  const { token } = (await post('/auth/register', { name, password: 'long enough' })) as { token: string };
  const character = (await post('/characters', { name }, token)) as { characterId: string };
  await post('/me/active-character', character, token, 'PUT');
  return token;

  async function post(path: string, body: object, bearer = '', method = 'POST'): Promise<unknown> {
    const headers = { 'Content-Type': 'application/json', ...(bearer && { Authorization: `Bearer ${bearer}` }) };
    const response = await fetch(url + path, { method, headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response.json();
  }
}
