/** A player at the page, in words of the page. */
import { join } from 'node:path';
import { type Browser, type BrowserContext, expect, type Locator, type Page } from '@playwright/test';

export interface Player {
  page: Page;
  context: BrowserContext;
  panel: Locator;
}

/** What the page did that it must not do; asserted at the end of each test. */
export const offences: string[] = [];

/** Said by the browser itself about answers and outages that a test brings about. */
const expectedErrors = /^Failed to load resource|^WebSocket connection to/;

export async function enter(browser: Browser, url: string, name: string): Promise<Player> {
  const context = await browser.newContext();
  const player = await openTab(context, url);
  const { page } = player;
  await page.getByText('Register', { exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByLabel('Password').fill(`${name}'s password`);
  await page.getByRole('button', { name: 'Register' }).click();
  await page.getByLabel('Name of a new character').fill(`${name} the Brave`);
  await page.getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('radio', { name: `${name} the Brave` })).toBeChecked();
  return player;
}

export async function openTab(context: BrowserContext, url: string): Promise<Player> {
  const page = await context.newPage();
  watch(page, new URL(url).host);
  await page.goto(url);
  return { page, context, panel: page.getByRole('region', { name: 'Connection' }) };
}

export async function connect({ page }: Player, instance = 'main'): Promise<void> {
  await page.getByRole('button', { name: `Connect to ${instance}` }).click();
}

export async function expectState({ panel }: Player, kind: string): Promise<void> {
  await expect(panel.locator('[data-state]')).toHaveAttribute('data-state', kind);
}

export async function expectRank({ panel }: Player, position: number, depth: number): Promise<void> {
  await expectState({ panel } as Player, 'queued');
  await expect(panel.locator('dd').nth(0)).toHaveText(String(position));
  await expect(panel.locator('dd').nth(1)).toHaveText(String(depth));
}

export async function sessionOf(player: Player): Promise<string> {
  await expectState(player, 'admitted');
  return (await player.panel.locator('code').textContent()) ?? '';
}

/** The id of the player's only character, as the server tells it. */
export async function characterIdOf({ page }: Player): Promise<string> {
  return page.evaluate(async () => {
    const token = localStorage.getItem('gatekeeper token');
    const response = await fetch('/me', { headers: { Authorization: `Bearer ${token}` } });
    const me = (await response.json()) as { characters: { characterId: string }[] };
    return me.characters[0]?.characterId ?? '';
  });
}

/** For looking at, never committed. */
export async function shoot({ page }: Player, name: string): Promise<void> {
  await page.screenshot({ path: join(import.meta.dirname, 'shots', `${name}.png`), fullPage: true });
}

function watch(page: Page, host: string): void {
  const home = (url: string) => url.startsWith('data:') || new URL(url).host === host;
  page.on('request', (request) => {
    if (!home(request.url())) offences.push(`left the origin: ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (!home(socket.url())) offences.push(`left the origin: ${new URL(socket.url()).host}`);
  });
  page.on('console', (message) => {
    const isOffence = message.type() === 'error' && !expectedErrors.test(message.text());
    if (isOffence) offences.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => offences.push(`error: ${error.message}`));
}
