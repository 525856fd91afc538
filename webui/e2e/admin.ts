/** An operator at the admin page, in words of the page. */
import { type Browser, expect, type Page } from '@playwright/test';
import { openTab } from './player';
import type { Server } from './server';

export const ownersPassword = 'a password of olga';

/** The first administrator, by the link that the server printed. */
export async function setUp(browser: Browser, server: Server): Promise<Page> {
  const link = /#setup=[\w-]+/.exec(server.printed())?.[0] ?? '';
  const { page } = await openTab(await browser.newContext({ locale: 'en-GB' }), `${server.url}/admin/${link}`);
  await page.getByLabel('Name').fill('olga');
  await page.getByLabel('Password').fill(ownersPassword);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  return page;
}

export async function logIn(browser: Browser, server: Server, name: string, password: string): Promise<Page> {
  const { page } = await openTab(await browser.newContext({ locale: 'en-GB' }), `${server.url}/admin/`);
  await fillIn(page, name, password);
  return page;
}

export async function fillIn(page: Page, name: string, password: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
}

export async function visit(page: Page, name: string): Promise<void> {
  await page.getByRole('navigation').getByRole('link', { name }).click();
  await expect(page.getByRole('heading', { name, level: 1 })).toBeVisible();
}

export async function openInstance(page: Page, name = 'main'): Promise<void> {
  await visit(page, 'Overview');
  await page.getByRole('region', { name: 'Instances' }).getByRole('link', { name, exact: true }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText(name);
}

/** The part of a page under a heading. */
export const part = (page: Page, name: string) => page.getByRole('region', { name, exact: true });

/** Makes an administrator through the page of an owner, and logs it in. */
export async function hire(browser: Browser, server: Server, owner: Page, name: string, role: string): Promise<Page> {
  const password = `a password of ${name}`;
  await visit(owner, 'Access');
  const admins = part(owner, 'Administrators');
  await admins.getByLabel('Name', { exact: true }).fill(name);
  await admins.getByLabel('Password').fill(password);
  await admins.getByLabel('Role', { exact: true }).selectOption(role);
  await admins.getByRole('button', { name: 'Add' }).click();
  await expect(admins.getByText(`${name} may log in now.`)).toBeVisible();
  const page = await logIn(browser, server, name, password);
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  return page;
}

/** The events whose names begin so, as the command line exports them. */
export async function eventsOf(server: Server, prefix: string): Promise<Record<string, unknown>[]> {
  const lines = (await server.command('export', 'events')).trim().split('\n');
  const events = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  return events.filter(({ event }) => String(event).startsWith(prefix));
}
