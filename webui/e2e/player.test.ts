import {
  characterIdOf,
  connect,
  expectRank,
  expectState,
  expectTitle,
  inspect,
  openTab,
  type Player,
  sessionOf,
} from './player';
import { expect, test } from './scene';

test('a player registers, connects, reloads into the same session, and leaves', async ({ arrives }) => {
  const ana = await arrives('ana');
  await connect(ana);
  const session = await sessionOf(ana);
  await expect(ana.page.getByText('1 of 50 seats taken')).toBeVisible();
  await inspect(ana, 'admitted');

  await ana.page.reload();
  expect(await sessionOf(ana)).toBe(session);

  await ana.panel.getByRole('button', { name: 'Leave' }).click();
  await expectState(ana, 'idle');
  await expect(ana.page.getByText('0 of 50 seats taken')).toBeVisible();
  await ana.page.reload();
  await expectState(ana, 'idle');
});

test('a queue of three: everybody sees the rank live, keeps it over a reload, and is promoted without a click', async ({
  server,
  arrives,
}) => {
  await server.command('instance', 'set', 'main', '--capacity', '1');
  const ana = await arrives('ana');
  const ben = await arrives('ben');
  const cleo = await arrives('cleo');
  const dora = await arrives('dora');
  await dora.page.addInitScript(() => {
    const counted = globalThis as { chimes?: number };
    const Silent = AudioContext;
    globalThis.AudioContext = class extends Silent {
      constructor() {
        super();
        counted.chimes = (counted.chimes ?? 0) + 1;
      }
    };
  });
  await connect(ana);
  await expectState(ana, 'admitted');
  await connect(ben);
  await expectRank(ben, 1, 1);
  await connect(cleo);
  await expectRank(cleo, 2, 2);
  await connect(dora);
  await expectRank(dora, 3, 3);
  // Who comes behind changes nobody's position, but of how many it is.
  await expectRank(ben, 1, 3);
  await expectRank(cleo, 2, 3);
  await expect(dora.page).toHaveTitle('Position 3 of 3 · gatekeeper');
  await inspect(dora, 'queued');

  await dora.page.reload();
  await expectRank(dora, 3, 3);
  await dora.panel.getByLabel('Sound when it is my turn').check();
  expect(await chimes(dora)).toBe(1);

  await ana.panel.getByRole('button', { name: 'Leave' }).click();
  await expectState(ben, 'admitted');
  await expectRank(cleo, 1, 2);
  await expectRank(dora, 2, 2);
  await expect(dora.panel.getByText('Moved up 1 place so far.')).toBeVisible();
  await expect(dora.panel.getByRole('progressbar')).toHaveAttribute('value', '1');
  await cleo.panel.getByRole('button', { name: 'Leave the queue' }).click();
  await expectRank(dora, 1, 1);

  await ben.page.close();
  await server.command('instance', 'set', 'main', '--capacity', '2');
  await expectState(dora, 'admitted');
  await expect(dora.page).toHaveTitle('You are in · gatekeeper');
  await expect.poll(() => chimes(dora)).toBe(2);
});

/** How often the page made a sound since it was loaded. */
function chimes({ page }: Player): Promise<number> {
  return page.evaluate(() => (globalThis as { chimes?: number }).chimes ?? 0);
}

test('a killed server has its players back in their sessions and ranks', async ({ server, arrives }) => {
  await server.command('instance', 'set', 'main', '--capacity', '1');
  const ana = await arrives('ana');
  const ben = await arrives('ben');
  await connect(ana);
  const session = await sessionOf(ana);
  await connect(ben);
  await expectRank(ben, 1, 1);

  await server.kill();
  await expectState(ana, 'reconnecting');
  await expect(ana.panel.locator('dd')).toHaveText(/^(5\d s|1:00 min)$/);
  await expect(ben.panel.getByText('The connection is interrupted')).toBeVisible();
  await inspect(ana, 'reconnecting');

  await server.start();
  expect(await sessionOf(ana)).toBe(session);
  await expectRank(ben, 1, 1);
  await expect(ben.panel.getByText('The connection is interrupted')).toBeHidden();
});

test('a second tab asks before it takes over', async ({ server, arrives }) => {
  const first = await arrives('ana');
  await connect(first);
  await expectState(first, 'admitted');
  const second = await openTab(first.context, server.url);

  await connect(second);
  await expectState(second, 'replacing');
  await inspect(second, 'replacing');
  await second.panel.getByRole('button', { name: 'Leave it there' }).click();
  await expectState(second, 'idle');
  await expectState(first, 'admitted');

  await connect(second);
  await second.panel.getByRole('button', { name: 'Take over here' }).click();
  await expectState(second, 'admitted');
  await expect(second.panel.getByText('You took over')).toBeVisible();
  await expectState(first, 'failed');
  await expectTitle(first, 'Continued somewhere else');
  await inspect(first, 'replaced');
  await first.page.reload();
  await expectState(first, 'idle');
  await expectState(second, 'admitted');
});

test('a place in a queue moves to another instance after asking, and the wait is told once it is known', async ({
  server,
  arrives,
}) => {
  await server.command('instance', 'set', 'main', '--capacity', '1');
  await server.command('instance', 'add', 'arena', '--capacity', '1');
  const ana = await arrives('ana');
  const ben = await arrives('ben');
  const cleo = await arrives('cleo');
  await connect(ana);
  await expectState(ana, 'admitted');
  await connect(ben);
  await expectRank(ben, 1, 1);
  await expect(ben.panel.getByText('not known yet')).toBeVisible();
  await connect(cleo);
  await expectRank(cleo, 2, 2);

  const second = await openTab(ben.context, server.url);
  await connect(second, 'arena');
  await expectState(second, 'replacing');
  await expectTitle(second, 'Already in a queue');
  await inspect(second, 'moving');
  await second.panel.getByRole('button', { name: 'Leave it there' }).click();
  await expectRank(ben, 1, 2);
  await connect(second, 'arena');
  await second.panel.getByRole('button', { name: 'Move here' }).click();
  await expectState(second, 'admitted');
  await expectTitle(ben, 'Continued somewhere else');
  await expectRank(cleo, 1, 1);

  await ana.panel.getByRole('button', { name: 'Leave' }).click();
  await expectState(cleo, 'admitted');
  await connect(ana);
  await expectRank(ana, 1, 1);
  await expect(ana.panel.getByText('not known yet')).toBeHidden();
  await inspect(ana, 'estimate');
});

test('a refusal is told in plain words', async ({ server, arrives }) => {
  const ana = await arrives('ana');
  await server.command('build', 'set', 'web-1', '--instance', 'main');
  await ana.page.goto(`${server.url}/?build=web-0`);
  await connect(ana);
  await expectTitle(ana, 'Your game is out of date');
  await expect(ana.panel.getByText('Needed version: web-1')).toBeVisible();
  await inspect(ana, 'version');

  await ana.page.goto(server.url);
  await connect(ana);
  await expectState(ana, 'admitted');
  await server.command('character', 'suspend', await characterIdOf(ana));
  await expectTitle(ana, 'You were removed');
  const characters = ana.page.getByRole('region', { name: 'Characters' });
  await expect(characters.getByText('suspended', { exact: true })).toBeVisible();
  await connect(ana);
  await expectTitle(ana, 'This character is suspended');
  await inspect(ana, 'suspended');

  // Two attempts have failed; the fifth locks.
  const retry = ana.panel.getByRole('button', { name: 'Try again' });
  await expect(retry).toBeHidden();
  for (let failed = 2; failed < 6; failed++) {
    const answered = ana.page.waitForResponse((response) => response.url().endsWith('/connect'));
    await connect(ana);
    await answered;
  }
  await expectTitle(ana, 'Too many tries');
  await expect(ana.panel.locator('dd')).toHaveText(/^(5\d s|1:00 min)$/);
  await expect(retry).toBeDisabled();
  await inspect(ana, 'throttled');
});

test('whoever logs out in one tab is asked to log in again in the other', async ({ server, arrives }) => {
  const ana = await arrives('ana');
  const second = await openTab(ana.context, server.url);
  await second.page.getByRole('button', { name: 'Log out' }).click();
  await expect(second.page.getByRole('heading', { name: 'Welcome' })).toBeVisible();
  await expect(ana.page.getByRole('heading', { name: 'Welcome' })).toBeVisible();
});
