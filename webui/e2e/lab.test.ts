/** The test lab, as a tester uses it. */
import { openInstance, part, setUp, visit } from './admin';
import { connect, expectState, expectTitle, inspect } from './player';
import { expect, test } from './scene';

test.use({ flags: ['--lab'] });

test('the guided run ticks its thirteen steps, with the events behind each', async ({ server, browser }) => {
  test.setTimeout(120_000);
  const page = await setUp(browser, server);
  await expect(page.getByText('not for real players')).toBeVisible();
  await visit(page, 'Test lab');
  const run = part(page, 'Guided run');
  await run.getByRole('button', { name: 'Start the run' }).click();
  await expect(run.getByText('✓ passed')).toBeVisible({ timeout: 90_000 });
  await expect(run.getByRole('listitem')).toHaveCount(13);
  for (const step of await run.getByRole('listitem').all()) await expect(step).toHaveAttribute('data-state', 'passed');
  await inspect({ page }, 'admin-lab');
  await run
    .getByRole('link', { name: /^events/ })
    .first()
    .click();
  await expect(page.getByRole('region', { name: 'Events, the newest first' })).toContainText('connection.admitted');
});

test('virtual players come, play and are sent home; faults show on every page and end', async ({
  server,
  browser,
  arrives,
}) => {
  const page = await setUp(browser, server);
  await visit(page, 'Test lab');
  const crowd = part(page, 'Virtual players');
  await crowd.getByLabel('How many').fill('20');
  await crowd.getByLabel('Arrivals a second').fill('50');
  await crowd.getByLabel('Session, in seconds').fill('36000');
  await crowd.getByRole('button', { name: 'Send players' }).click();
  await expect(crowd).toContainText('20 of 20 have come');
  await openInstance(page);
  await expect(part(page, 'Sessions')).toContainText('20 rows');
  await visit(page, 'Test lab');
  const faults = part(page, 'Faults');
  await faults.getByLabel('What goes wrong').selectOption('slow-attempts');
  await faults.getByRole('button', { name: 'Let it go wrong' }).click();
  await expect(page.getByText('Faults are on: Slow attempts')).toBeVisible();
  const ana = await arrives('ana');
  await connect(ana);
  await expectTitle(ana, 'No answer in time');
  await inspect(ana, 'timeout');
  await faults.getByRole('button', { name: 'End it' }).click();
  await expect(page.getByText('Faults are on')).toBeHidden();
  await ana.panel.getByRole('button').first().click();
  await expectState(ana, 'admitted');
  await faults.getByLabel('What goes wrong').selectOption('silent-game-server');
  await faults.getByRole('button', { name: 'Let it go wrong' }).click();
  await visit(page, 'Overview');
  await expect(part(page, 'Instances')).toContainText('Game server silent');
  await visit(page, 'Test lab');
  await crowd.getByRole('button', { name: 'Send them home' }).click();
  await expect(crowd.getByText('They are gone.')).toBeVisible({ timeout: 15_000 });
});
