/** How many seats an evening needs, as those who look after a server find out. */
import type { Page } from '@playwright/test';
import { hire, openInstance, part, setUp, visit } from './admin';
import { connect, expectState, inspect } from './player';
import { expect, test } from './scene';

const plan = (page: Page) => part(page, 'The plan');
const seats = (page: Page) => plan(page).getByLabel('Seats', { exact: true });
const runs = (page: Page) => part(page, 'Table of the numbers of seats').getByRole('row');

async function simulate(page: Page, capacities: string): Promise<void> {
  await seats(page).fill(capacities);
  await plan(page).getByRole('button', { name: 'Simulate' }).click();
  await expect(plan(page).getByText('Simulated.')).toBeVisible();
}

test('where nothing is recorded, planning starts from an evening that is made up, for every role', async ({
  server,
  browser,
}) => {
  await server.command('instance', 'set', 'main', '--capacity', '40', '--queue-max', '120');
  const page = await hire(browser, server, await setUp(browser, server), 'vera', 'viewer');
  await visit(page, 'Planning');
  await expect(plan(page)).toContainText('Nothing of an evening is recorded yet');
  await expect(seats(page)).toHaveValue('24, 32, 40, 48, 60');
  await expect(plan(page).getByLabel('Queue length')).toHaveValue('120');
  await inspect({ page }, 'planning-start');

  await plan(page).getByLabel('Players come').selectOption('evenly, and in a rush');
  await plan(page).getByLabel('Players in the rush').fill('60');
  await plan(page).getByLabel('Session, in minutes').fill('45');
  await simulate(page, '20, 40, 80, 120');
  await expect(part(page, 'Answer')).toContainText('95 % of waits within 5 min');
  await expect(runs(page)).toHaveCount(5);
  await expect(runs(page).nth(1)).toContainText('✗');
  await expect(runs(page).nth(4)).toContainText('✓ kept');
  await expect(page.locator('.chart canvas')).toHaveCount(2);
  await expect(part(page, 'Estimates of the wait')).toContainText('nobody has to wait');
  await inspect({ page }, 'planning-result');
  await page.getByLabel('Show the evening with 20 seats').check();
  await expect(page.locator('.chart').nth(1)).toContainText('The evening with 20 seats');
  await expect(page.locator('.chart').nth(1)).toContainText('playing at most 20');
  await expect(part(page, 'Estimates of the wait')).toContainText('no longer than the first estimate');
});

test('planning starts from what was recorded, and the plan is kept while something else is looked up', async ({
  server,
  browser,
  arrives,
}) => {
  const page = await setUp(browser, server);
  const ana = await arrives('ana');
  await connect(ana);
  await expectState(ana, 'admitted');
  await ana.panel.getByRole('button', { name: 'Leave' }).click();
  await expectState(ana, 'idle');
  await openInstance(page);
  await page.getByRole('link', { name: 'How many seats does main need?' }).click();
  await expect(plan(page)).toContainText('from the last evening of this instance');
  await expect(plan(page)).toContainText('1 player');
  await expect(plan(page).locator('.chart canvas')).toBeVisible();
  await inspect({ page }, 'planning-recorded');
  await simulate(page, '2, 1');
  await expect(part(page, 'Answer')).toContainText('1 seat keeps 95 % of waits within 5 min');

  await visit(page, 'Overview');
  await visit(page, 'Planning');
  await expect(seats(page)).toHaveValue('2, 1');
  await expect(runs(page)).toHaveCount(3);
  await seats(page).fill('3');
  await expect(plan(page).getByText('The plan has changed since')).toBeVisible();
  await plan(page).getByRole('button', { name: 'Start again' }).click();
  await expect(seats(page)).not.toHaveValue('3');
  await expect(runs(page)).toHaveCount(0);
});

test('what cannot be simulated is said, beside the plan', async ({ server, browser }) => {
  const page = await setUp(browser, server);
  await visit(page, 'Planning');
  await seats(page).fill('fifty');
  await plan(page).getByRole('button', { name: 'Simulate' }).click();
  await expect(seats(page)).toBeFocused();
  await seats(page).fill('50');
  await plan(page).getByLabel('Players an hour').fill('150000');
  await plan(page).getByRole('button', { name: 'Simulate' }).click();
  await expect(plan(page).getByRole('alert')).toContainText('at most 200000 players may come');
  await expect(part(page, 'Answer')).toBeHidden();
});
