/** What operators and game servers do, as players see it. */
import {
  connect,
  connectOnOurClock,
  expectRank,
  expectState,
  expectTitle,
  inspect,
  type Player,
  sessionOf,
} from './player';
import { expect, test } from './scene';
import type { Server } from './server';

/** Ana has the only seat, Ben waits for it, Cleo comes later. */
async function fullHouse(server: Server, arrives: (name: string) => Promise<Player>) {
  await server.command('instance', 'set', 'main', '--capacity', '1');
  const [ana, ben, cleo] = [await arrives('ana'), await arrives('ben'), await arrives('cleo')];
  await connect(ana);
  await expectState(ana, 'admitted');
  await connect(ben);
  await expectRank(ben, 1, 1);
  return { ana, ben, cleo };
}

test('a drain is told in the operator’s words to those inside, to those who wait and to newcomers', async ({
  server,
  arrives,
}) => {
  const { ana, ben, cleo } = await fullHouse(server, arrives);
  await server.command('instance', 'drain', 'main', '--message', 'We close at midnight, see you tomorrow!');
  for (const player of [ana, ben]) {
    await expect(player.panel.getByText('We close at midnight')).toBeVisible();
    await expect(player.panel.getByText('This instance closes soon.')).toBeVisible();
  }
  await inspect(ana, 'drain-admitted');
  await inspect(ben, 'drain-queued');
  await ben.page.reload();
  await expect(ben.panel.getByText('We close at midnight')).toBeVisible();

  await connect(cleo);
  await expectTitle(cleo, 'Closing soon');
  await expect(cleo.panel.getByText('We close at midnight')).toBeVisible();
  await inspect(cleo, 'drain-refused');

  await ana.panel.getByRole('button', { name: 'Leave' }).click();
  await expectState(ben, 'admitted');
});

test('maintenance keeps everybody’s place, says so, and is taken back', async ({ server, arrives }) => {
  const { ana, ben, cleo } = await fullHouse(server, arrives);
  await server.command('instance', 'maintenance', 'main', '--message', 'New maps, ten minutes.');
  await expect(ben.panel.getByText('the queue stands still until it is over')).toBeVisible();
  await expect(ben.panel.getByText('New maps, ten minutes.')).toBeVisible();
  await inspect(ben, 'maintenance-queued');
  await connect(cleo);
  await expectTitle(cleo, 'Under maintenance');
  await expect(cleo.panel.getByText('New maps, ten minutes.')).toBeVisible();
  await inspect(cleo, 'maintenance-refused');

  await ana.panel.getByRole('button', { name: 'Leave' }).click();
  await expect(ben.page.getByText('0 of 1 seats taken')).toBeVisible();
  await expectRank(ben, 1, 1);
  await server.command('instance', 'set', 'main', '--message', '');
  await server.command('instance', 'open', 'main');
  await expectState(ben, 'admitted');
  await expect(ben.panel.getByText('the queue stands still')).toBeHidden();
});

test('a closed instance sends everybody home and says so', async ({ server, arrives }) => {
  const { ana, ben } = await fullHouse(server, arrives);
  await server.command('instance', 'close', 'main');
  for (const player of [ana, ben]) await expectTitle(player, 'This instance was closed');
  await expect(ana.page.getByText('There is no instance at the moment.')).toBeVisible();
  await inspect(ana, 'closed');
});

test('a full queue says when to come back', async ({ server, arrives }) => {
  const { cleo } = await fullHouse(server, arrives);
  await server.command('instance', 'set', 'main', '--queue-max', '1');
  await connect(cleo);
  await expectTitle(cleo, 'The queue is full');
  await expect(cleo.panel.locator('dd')).toHaveText(/^\d+ s$|min$/);
  await expect(cleo.panel.getByRole('button', { name: 'Try again' })).toBeDisabled();
  await inspect(cleo, 'queue-full');
});

test('a restart of the server is announced, waited for, and costs nothing', async ({ server, arrives }) => {
  const { ana, ben } = await fullHouse(server, arrives);
  const session = await sessionOf(ana);
  await server.stop();
  await expectTitle(ana, 'Reconnecting');
  await expect(ana.panel.getByText('The server is restarting. Your seat is kept.')).toBeVisible();
  await expect(ben.panel.getByText('Your place is kept while we try again.')).toBeVisible();
  await inspect(ana, 'restarting');
  await inspect(ben, 'queued-interrupted');
  await server.start();
  expect(await sessionOf(ana)).toBe(session);
  await expectRank(ben, 1, 1);
});

test('a game server that falls silent is why nobody moves, and newcomers are told', async ({ server, arrives }) => {
  test.setTimeout(90_000);
  const { ana, ben, cleo } = await fullHouse(server, arrives);
  await server.call('PUT', '/server/instances/main/heartbeat', {});
  await expect(ben.panel.getByText('The game server does not answer.')).toBeVisible({ timeout: 40_000 });
  await ana.panel.getByRole('button', { name: 'Leave' }).click();
  await expect(ben.page.getByText('0 of 1 seats taken')).toBeVisible();
  await expect(ben.page.getByText('game not answering')).toBeVisible();
  await expectRank(ben, 1, 1);
  await inspect(ben, 'silent-queued');
  await connect(cleo);
  await expectTitle(cleo, 'The game is not answering');
  await server.call('PUT', '/server/instances/main/heartbeat', {});
  await expectState(ben, 'admitted');
  await expect(ben.page.getByText('game not answering')).toBeHidden();
});

test('the game opens with a ticket of this session, which no server on the way sees', async ({ server, arrives }) => {
  await server.command('instance', 'set', 'main', '--game-url', `${server.url}/favicon.svg`);
  const ana = await arrives('ana');
  await connect(ana);
  const session = await sessionOf(ana);
  await inspect(ana, 'admitted-game');
  const [game] = await Promise.all([
    ana.context.waitForEvent('page'),
    ana.panel.getByRole('button', { name: 'Open the game' }).click(),
  ]);
  await game.waitForURL(/favicon\.svg#ticket=/);
  const [, claims = ''] = new URL(game.url()).hash.slice('#ticket='.length).split('.');
  expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ sid: session, aud: 'main' });
  await expectState(ana, 'admitted');
});

test('a ticket that grew old is renewed in the same session before the game opens', async ({ server, arrives }) => {
  await server.command('instance', 'set', 'main', '--game-url', `${server.url}/favicon.svg`);
  const ana = await arrives('ana');
  const session = await connectOnOurClock(ana);
  await ana.page.clock.setFixedTime(Date.now() + 50_000);
  const [game] = await Promise.all([
    ana.context.waitForEvent('page'),
    ana.panel.getByRole('button', { name: 'Open the game' }).click(),
  ]);
  await game.waitForURL(/favicon\.svg#ticket=/);
  await ana.page.clock.resume();
  expect(await sessionOf(ana)).toBe(session);
  await expect(ana.panel.getByText('the same session as before')).toBeVisible();
});
