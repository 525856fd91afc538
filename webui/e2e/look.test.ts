/** How the page looks and reads: every screen, in every language, for the eye, the ear and the keyboard. */
import { writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { Page, Response } from '@playwright/test';
import { languages } from './languages';
import { connect, expectState, expectTitle, inspect, openTab, playerAt, sideways } from './player';
import { expect, test } from './scene';
import { startServer } from './server';

const kibibyte = 1024;

test('the first page is small, comes from its own origin alone, and runs nothing inline', async ({ server, page }) => {
  const responses: Response[] = [];
  page.on('response', (response) => responses.push(response));
  const response = await page.goto(server.url);
  await expect(page.getByRole('heading', { name: 'Welcome' })).toBeVisible();
  await page.waitForLoadState('networkidle');
  for (const each of responses) expect(new URL(each.url()).host).toBe(new URL(server.url).host);
  const bodies = await Promise.all(responses.map((each) => each.body()));
  const bytes = bodies.reduce((sum, body) => sum + gzipSync(body, { level: 9 }).length, 0);
  expect(responses.map((each) => new URL(each.url()).pathname)).toEqual(expect.arrayContaining(['/player.js']));
  expect(bytes).toBeLessThanOrEqual(40 * kibibyte);
  console.log(`first page: ${(bytes / kibibyte).toFixed(1)} KiB gzip`);

  const policy = response?.headers()['content-security-policy'] ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain('unsafe');
});

test('the client library is small, and compressed on its way', async ({ server }) => {
  const response = await fetch(`${server.url}/sdk/gatekeeper.js`);
  expect(response.headers.get('content-encoding')).toBe('gzip');
  const bytes = gzipSync(await response.text(), { level: 9 });
  expect(gunzipSync(bytes).length).toBeGreaterThan(kibibyte);
  expect(bytes.length).toBeLessThanOrEqual(8 * kibibyte);
  console.log(`client library: ${(bytes.length / kibibyte).toFixed(1)} KiB gzip`);
});

test.describe('with guests', () => {
  test.use({ flags: ['--auth', 'local,guest'] });

  test('everybody finds a way in, and what is wrong is said', async ({ server, browser }) => {
    const context = await browser.newContext({ locale: 'en-GB' });
    const { page } = await openTab(context, server.url);
    await inspect({ page }, 'log-in');
    await page.getByLabel('Name', { exact: true }).fill('nobody');
    await page.getByLabel('Password').fill('wrong password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect(page.getByRole('alert')).toHaveText('Name and password do not match.');
    await inspect({ page }, 'log-in-wrong');
    await page.getByText('Register', { exact: true }).click();
    await inspect({ page }, 'register');
    await page.getByText('Guest', { exact: true }).click();
    await inspect({ page }, 'guest');
    await page.getByLabel('Name', { exact: true }).fill('gustav');
    await page.getByRole('button', { name: 'Play as guest' }).click();
    await expect(page.getByText('No character yet.')).toBeVisible();
    await inspect({ page }, 'no-character');
    await context.close();
  });
});

test('characters are made, chosen and deleted; instances tell what they need', async ({ server, arrives }) => {
  await server.command(
    'instance',
    'add',
    'arena',
    '--name',
    'The Arena',
    '--capacity',
    '16',
    '--required-build',
    '1.5.0',
  );
  await server.command('instance', 'maintenance', 'arena', '--message', 'Back at eight with new maps.');
  const ana = await arrives('ana');
  const { page } = ana;
  await page.getByLabel('Name of a new character').fill('Mathilda of the Long Name');
  await page.getByRole('button', { name: 'Create' }).click();
  const second = page.getByRole('radio', { name: 'Mathilda of the Long Name' });
  await expect(second).not.toBeChecked();
  await second.check();
  await page.reload();
  await expect(second).toBeChecked();
  await expect(page.getByText('needs version 1.5.0')).toBeVisible();
  await expect(page.getByText('Back at eight with new maps.')).toBeVisible();
  await page.getByRole('button', { name: 'Delete ana the Brave' }).click();
  await inspect(ana, 'lobby');
  await page.getByRole('button', { name: 'Delete', exact: true }).click();
  await expect(page.getByRole('radio')).toHaveCount(1);
});

test('connecting shows how long an answer may take, and can be cancelled; a timeout can be tried again', async ({
  arrives,
}) => {
  const ana = await arrives('ana');
  // The server's answer is held back, and once replaced by the one that a slow disk would bring.
  let letThrough: (() => void) | undefined;
  await ana.page.route('**/connect', async (route) => {
    await new Promise<void>((resolve) => {
      letThrough = resolve;
    });
    await route.fulfill({
      json: { outcome: 'timeout', attemptId: crypto.randomUUID(), reason: 'TIMEOUT', message: '', retryable: true },
    });
  });
  await connect(ana);
  await expectState(ana, 'connecting');
  await expect(ana.panel.getByRole('progressbar', { name: 'Time for an answer' })).toBeVisible();
  await inspect(ana, 'connecting');
  letThrough?.();
  await expectTitle(ana, 'No answer in time');
  await inspect(ana, 'timeout');
  await ana.panel.getByRole('button', { name: 'Close' }).click();

  await connect(ana);
  await expectState(ana, 'connecting');
  await ana.panel.getByRole('button', { name: 'Cancel' }).click();
  await expectState(ana, 'idle');
  letThrough?.();

  await connect(ana);
  await expectState(ana, 'connecting');
  letThrough?.();
  await expectTitle(ana, 'No answer in time');
  await ana.page.unroute('**/connect');
  await ana.panel.getByRole('button', { name: 'Try again' }).click();
  await expectState(ana, 'admitted');
});

test('the page speaks the reader’s language, and remembers a choice', async ({ server, browser, arrives }) => {
  const ana = await arrives('ana');
  await connect(ana);
  await expectState(ana, 'admitted');
  for (const [code, { connection, characters }] of Object.entries(languages)) {
    await ana.page.locator('select').selectOption(code);
    await expectTitle(ana, connection.admitted.title);
    await expect(ana.page.getByRole('heading', { name: characters.title })).toBeVisible();
    await expect(ana.page.locator('html')).toHaveAttribute('lang', code);
    await inspect(ana, `language-${code}`);
    await ana.page.reload();
    await expect(ana.page.locator('html')).toHaveAttribute('lang', code);
  }
  await ana.page.locator('select').selectOption('en');
  for (const [locale, code] of [
    ['zh-CN', 'zh-Hans'],
    ['de-AT', 'de'],
    ['pt-BR', 'en'],
  ] as const) {
    const context = await browser.newContext({ locale });
    const { page } = await openTab(context, server.url);
    await expect(page.locator('html')).toHaveAttribute('lang', code);
    await context.close();
  }
});

test('no reason to fail overflows a phone in any language, and each says what to do', async ({ arrives }) => {
  test.setTimeout(120_000);
  const ana = await arrives('ana');
  const { page } = ana;
  let reason = '';
  // Most of these need a server in trouble: how they look is all that is asked here.
  await page.route('**/connect', (route) =>
    route.fulfill({ json: { outcome: 'failed', attemptId: '', reason, message: 'Long words', retryable: true } }),
  );
  await page.setViewportSize({ width: 360, height: 740 });
  for (const [code, { failures, instances }] of Object.entries(languages)) {
    await page.locator('select').selectOption(code);
    for (const [each, { title, advice }] of Object.entries(failures)) {
      if (each === 'NOT_AUTHENTICATED') continue;
      reason = each;
      await page.getByRole('button', { name: instances.connectTo('main') }).click();
      await expectTitle(ana, title);
      await expect(ana.panel.locator('.lead')).toHaveText(advice);
      expect(await sideways(page), `${each} in ${code}`).toBe(0);
    }
  }
  await inspect(ana, 'failure-long');
  await page.locator('select').selectOption('en');
});

test('twice as large letters still fit', async ({ arrives }) => {
  const ana = await arrives('ana');
  await connect(ana);
  await expectState(ana, 'admitted');
  await ana.page.setViewportSize({ width: 640, height: 900 });
  await ana.page.evaluate(() => {
    document.documentElement.style.fontSize = '200%';
  });
  expect(await sideways(ana.page)).toBe(0);
  await inspect(ana, 'large-letters');
});

test('everything is done by keyboard, and what happens is announced', async ({ server, browser }) => {
  const context = await browser.newContext({ locale: 'en-GB' });
  const { page } = await openTab(context, server.url);
  await expect(page.getByRole('radio', { name: 'Log in' })).toBeVisible();
  await tabTo(page, page.getByRole('radio', { name: 'Log in' }));
  await page.keyboard.press('ArrowRight');
  await tabTo(page, page.getByLabel('Name', { exact: true }));
  await page.keyboard.type('ana');
  await page.keyboard.press('Tab');
  await page.keyboard.type('a long password');
  await page.keyboard.press('Enter');
  await expect(page.getByText('No character yet.')).toBeVisible();
  await tabTo(page, page.getByLabel('Name of a new character'));
  await page.keyboard.type('Ana');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('radio', { name: 'Ana' })).toBeChecked();
  await tabTo(page, page.getByRole('button', { name: 'Connect to main' }));
  await page.keyboard.press('Enter');
  const ana = playerAt(page);
  await expectState(ana, 'admitted');
  await expect(page.locator('[aria-live]')).toHaveText('You are in. Ana has a seat on main.');
  await expect(page).toHaveTitle('You are in · gatekeeper');
  await tabTo(page, ana.panel.getByRole('button', { name: 'Leave' }));
  await page.keyboard.press('Enter');
  await expectState(ana, 'idle');
  await expect(page.locator('[aria-live]')).toHaveText('You have left');
  await context.close();
});

async function tabTo(page: Page, target: ReturnType<Page['locator']>): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the Tab key does not lead there');
}

test.describe('branding', () => {
  for (const [accent, background] of [
    ['#ffe100', '#7a1022'],
    ['#000000', ''],
    ['#ff4fa3', 'image'],
  ] as const) {
    test(`${accent} on ${background || 'our own ground'} is shown, and words stay readable`, async ({
      browser,
    }, info) => {
      const image = info.outputPath('picture.svg');
      await writeFile(image, picture);
      const ground = background === 'image' ? image : background;
      const server = await startServer(
        ...['--brand-name', 'Ana’s Arena', '--brand-logo', image, '--brand-accent', accent],
        ...(ground ? ['--brand-background', ground] : []),
        ...['--brand-links', 'Rules=https://example.com/rules', '--brand-links', 'Contact=mailto:ana@example.com'],
      );
      const context = await browser.newContext({ locale: 'en-GB' });
      const { page } = await openTab(context, server.url);
      await expect(page).toHaveTitle('Ana’s Arena');
      await expect(page.getByRole('link', { name: 'Rules' })).toHaveAttribute('href', 'https://example.com/rules');
      const logo = page.locator('.brand img');
      await expect.poll(() => logo.evaluate((each) => (each as HTMLImageElement).naturalWidth)).toBeGreaterThan(0);
      await inspect({ page }, `brand-${accent.slice(1)}`);
      await context.close();
      await server.remove();
    });
  }
});

const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="64" height="64">
  <rect width="64" height="64" fill="#3b1d60"/><circle cx="32" cy="32" r="20" fill="#ffcf40"/></svg>`;
