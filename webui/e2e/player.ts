/** A player at the page, in words of the page. */
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
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

/** Tests speak English, whatever the machine speaks. */
export async function enter(browser: Browser, url: string, name: string): Promise<Player> {
  const context = await browser.newContext({ locale: 'en-GB' });
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
  return playerAt(page);
}

export function playerAt(page: Page): Player {
  return { page, context: page.context(), panel: page.locator('.connection > .surface') };
}

export async function connect({ page }: Player, instance = 'main'): Promise<void> {
  await page.getByRole('button', { name: `Connect to ${instance}` }).click();
}

export async function expectState({ panel }: Pick<Player, 'panel'>, kind: string): Promise<void> {
  await expect(panel).toHaveAttribute('data-state', kind);
}

export async function expectTitle({ panel }: Pick<Player, 'panel'>, name: string): Promise<void> {
  await expect(panel.getByRole('heading', { name })).toBeVisible();
}

export async function expectRank({ panel }: Pick<Player, 'panel'>, position: number, depth: number): Promise<void> {
  await expectState({ panel }, 'queued');
  await expect(panel.locator('dd').nth(0)).toHaveText(String(position));
  await expect(panel.locator('dd').nth(1)).toHaveText(String(depth));
}

export async function sessionOf(player: Player): Promise<string> {
  await expectState(player, 'admitted');
  return (await player.panel.locator('code').textContent()) ?? '';
}

/** Connects on a page whose clock is the test's; the session. */
export async function connectOnOurClock(player: Player): Promise<string> {
  await player.page.clock.install();
  await player.page.reload();
  await connect(player);
  return sessionOf(player);
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

const themes = ['light', 'dark'] as const;
/** A phone, a window of 1280 at 200 % zoom, and a desk. */
const widths = [360, 640, 1440];

/** Both themes at each width: nothing scrolls sideways, axe finds nothing, and there is a picture to look at. */
export async function inspect({ page }: Pick<Player, 'page'>, name: string): Promise<void> {
  const before = page.viewportSize();
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    for (const width of widths) {
      await page.setViewportSize({ width, height: 900 });
      expect(await sideways(page), `${name} scrolls sideways at ${width} px`).toBe(0);
      if (width !== 640) await page.screenshot({ path: shot(`${name}-${width}-${colorScheme}`), fullPage: true });
    }
    const { violations } = await new AxeBuilder({ page }).analyze();
    const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    expect(found, `${name}, ${colorScheme}`).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  if (before) await page.setViewportSize(before);
}

/** By how many pixels the page is wider than its window. */
export function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** For looking at, never committed. */
function shot(name: string): string {
  return join(import.meta.dirname, 'shots', `${name}.png`);
}

export function watch(page: Page, ...hosts: string[]): void {
  const isHome = (url: string) => /^(data|about|blob):/.test(url) || hosts.includes(new URL(url).host);
  page.on('request', (request) => {
    if (!isHome(request.url())) offences.push(`left the origin: ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (!isHome(socket.url())) offences.push(`left the origin: ${new URL(socket.url()).host}`);
  });
  page.on('console', (message) => {
    const isOffence = message.type() === 'error' && !expectedErrors.test(message.text());
    if (isOffence) offences.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => offences.push(`error: ${error.message}`));
}
