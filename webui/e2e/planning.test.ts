/** How many seats an evening needs, as an operator finds out. */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { hire, part, setUp, visit } from './admin';
import { inspect } from './player';
import { expect, test } from './scene';

async function simulate(page: Page, capacities: string): Promise<void> {
  await part(page, 'The plan').getByLabel('Seats', { exact: true }).fill(capacities);
  await part(page, 'The plan').getByRole('button', { name: 'Simulate' }).click();
  await expect(part(page, 'The plan').getByText('Simulated.')).toBeVisible();
}

test('where nothing is recorded planning starts from an evening that is made up', async ({ server, browser }) => {
  const owner = await setUp(browser, server);
  const page = await hire(browser, server, owner, 'vera', 'viewer');
  await mock(page);
  await visit(page, 'Planning');
  const plan = part(page, 'The plan');
  await expect(plan).toContainText('Nothing of an evening is recorded yet');
  await inspect({ page }, 'planning-start');
  await plan.getByLabel('Players come').selectOption('evenly, and in a rush');
  await plan.getByLabel('Players in the rush').fill('60');
  await plan.getByLabel('Session, in minutes').fill('45');
  await simulate(page, '50, 60, 70, 80, 90');
  await expect(part(page, 'Answer')).toContainText('95 % of waits within 5 min');
  const table = part(page, 'Table of the numbers of seats');
  await expect(table.getByRole('row')).toHaveCount(6);
  await expect(page.locator('.chart canvas')).toHaveCount(2);
  await inspect({ page }, 'planning-result');
  await page.getByLabel('Show the evening with 90 seats').check();
  await expect(page.locator('.chart').nth(1)).toContainText('The evening with 90 seats');

  await plan.getByLabel('Seats', { exact: true }).fill('fifty');
  await expect(plan.getByText('The plan has changed since')).toBeVisible();
  await plan.getByRole('button', { name: 'Simulate' }).click();
  await expect(plan.getByLabel('Seats', { exact: true })).toBeFocused();
  await plan.getByLabel('Seats', { exact: true }).fill('50, 60');

  await visit(page, 'Overview');
  await visit(page, 'Planning');
  await expect(plan.getByLabel('Seats', { exact: true })).toHaveValue('50, 60');
  await expect(table.getByRole('row')).toHaveCount(6);
});

async function mock(page: Page) {
  const doc = JSON.parse(await readFile('../admission/report/testdata/simulation.json', 'utf8'));
  await page.route('**/evening', (r) =>
    r.fulfill({ json: { ...doc.plan, arrivals: { ...doc.plan.arrivals, pattern: 'steady' } } }),
  );
  await page.route('**/simulations', (r) => r.fulfill({ json: doc }));
}
