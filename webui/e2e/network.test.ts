/** What the network does to players, and what they see of it. */
import {
  connect,
  connectOnOurClock,
  expectRank,
  expectState,
  expectTitle,
  inspect,
  openTab,
  type Player,
  playerAt,
  sessionOf,
  watch,
} from './player';
import { expect, test } from './scene';

test('a cut cable costs nothing: the seat is counted down, and it is the same session afterwards', async ({
  arrives,
  cable,
}) => {
  const ana = await arrives('ana', cable.url);
  await connect(ana);
  const session = await sessionOf(ana);
  cable.cut();
  await expectState(ana, 'reconnecting');
  await expect(ana.panel.locator('dd')).toHaveText(/^(5\d s|1:00 min)$/);
  await inspect(ana, 'reconnecting-cut');
  cable.mend();
  expect(await sessionOf(ana)).toBe(session);
  await expect(ana.panel.getByText('the same session as before')).toBeVisible();
});

test('a device that goes off the network and comes back is in the same session', async ({ arrives }) => {
  const ana = await arrives('ana');
  await connect(ana);
  const session = await sessionOf(ana);
  await ana.context.setOffline(true);
  await expectState(ana, 'reconnecting');
  await expect(ana.page.getByText('This device is off the network.')).toBeVisible();
  await ana.context.setOffline(false);
  expect(await sessionOf(ana)).toBe(session);
});

test('a line that goes silent is noticed within 25 s', async ({ arrives, cable }) => {
  const ana = await arrives('ana', cable.url);
  const session = await connectOnOurClock(ana);
  cable.pinch();
  await ana.page.clock.runFor(24_000);
  await expectState(ana, 'admitted');
  await ana.page.clock.runFor(1_500);
  await expectState(ana, 'reconnecting');
  cable.mend();
  await ana.page.clock.runFor(6_000);
  expect(await sessionOf(ana)).toBe(session);
});

test('a laptop that slept longer than its seat was held says so, and gets a new one', async ({
  server,
  arrives,
  cable,
}) => {
  await server.command('instance', 'set', 'main', '--grace', '1s');
  const ana = await arrives('ana', cable.url);
  const session = await connectOnOurClock(ana);
  cable.pinch();
  await ana.page.clock.fastForward(8 * 60 * 60_000);
  await expectState(ana, 'reconnecting');
  await expect(ana.panel.getByText('The server has not answered yet')).toBeVisible();
  cable.cut();
  await expect.poll(() => seatsTaken(server.url)).toBe(0);
  cable.mend();
  await ana.page.clock.runFor(6_000);
  expect(await sessionOf(ana)).not.toBe(session);
  await expect(ana.panel.getByText('You were away for longer than a seat is kept')).toBeVisible();
});

test('a network without WebSockets keeps the place by asking, and says so', async ({ server, arrives, cable }) => {
  await server.command('instance', 'set', 'main', '--capacity', '1');
  const ana = await arrives('ana');
  await connect(ana);
  await expectState(ana, 'admitted');
  const ben = await arrives('ben', cable.url);
  const cleo = await arrives('cleo');
  cable.blockSockets(true);
  await connect(ben);
  await expect(ben.panel.getByText('Your network allows no live updates')).toBeVisible();
  await connect(cleo);
  await expectRank(cleo, 2, 2);
  await expectRank(ben, 1, 2);
  await inspect(ben, 'queued-polling');

  cable.blockSockets(false);
  await ana.panel.getByRole('button', { name: 'Leave' }).click();
  await expectState(ben, 'admitted');
});

test('a copy of the tab asks before it takes the seat, a restored tab has it back', async ({ server, arrives }) => {
  const ana = await arrives('ana');
  await connect(ana);
  const session = await sessionOf(ana);
  const [opened] = await Promise.all([
    ana.context.waitForEvent('page'),
    ana.page.evaluate(() => void window.open(location.href)),
  ]);
  watch(opened, new URL(server.url).host);
  const copy = playerAt(opened);
  await expectState(copy, 'replacing');
  await expectState(ana, 'admitted');
  await copy.panel.getByRole('button', { name: 'Leave it there' }).click();
  await expectState(copy, 'idle');
  expect(await sessionOf(ana)).toBe(session);
  await opened.close();

  const restored = await restore(ana, server.url);
  expect(await sessionOf(restored)).toBe(session);
});

test('two windows: whoever takes over plays, the other is told when and may ask for it back', async ({
  server,
  arrives,
}) => {
  const first = await arrives('ana');
  await connect(first);
  await expectState(first, 'admitted');
  const second = await openTab(first.context, server.url);
  await connect(second);
  await second.panel.getByRole('button', { name: 'Take over here' }).click();
  await expectState(second, 'admitted');
  await expectTitle(first, 'Continued somewhere else');
  await expect(first.panel.getByText(/That was at \d\d:\d\d/)).toBeVisible();
  await first.panel.getByRole('button', { name: 'Try again' }).click();
  await expectState(first, 'replacing');
  await first.panel.getByRole('button', { name: 'Take over here' }).click();
  await expectState(first, 'admitted');
  await expectTitle(second, 'Continued somewhere else');
});

/** As browsers do after a crash: the tab's storage is there again, and nobody said goodbye. */
async function restore({ page, context }: Player, url: string): Promise<Player> {
  const kept = await page.evaluate(() => ({ ...sessionStorage }));
  await page.close();
  const again = await context.newPage();
  watch(again, new URL(url).host);
  await again.addInitScript((entries) => {
    for (const [key, value] of Object.entries(entries)) sessionStorage.setItem(key, value);
  }, kept);
  await again.goto(url);
  return playerAt(again);
}

async function seatsTaken(url: string): Promise<number> {
  const response = await fetch(`${url}/instances`);
  const { instances } = (await response.json()) as { instances: { seatsTaken: number }[] };
  return instances[0]?.seatsTaken ?? -1;
}
