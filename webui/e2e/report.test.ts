/** Reports, as they are opened from a disk: whatever they show stands in the file. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from '@playwright/test';
import { part } from './admin';
import { inspect, watch } from './player';
import { test as base, expect } from './scene';

const root = resolve(import.meta.dirname, '../..');
const documentOf = async (name: string) =>
  JSON.parse(await readFile(join(root, 'admission/report/testdata', `${name}.json`), 'utf8')) as Record<
    string,
    unknown
  >;

interface Disk {
  /** Opens a page from the disk; all that it asks for beside itself is an offence. */
  open: (html: string) => Promise<void>;
  /** Opens the report of a document, written as commands write it. */
  report: (title: string, doc: object) => Promise<void>;
}

const test = base.extend<Disk>({
  open: async ({ page }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'report-'));
    await use(async (html) => {
      const file = join(folder, 'report.html');
      await writeFile(file, html);
      const asked: string[] = [];
      page.on('request', (request) => asked.push(request.url()));
      // The file itself has no host; any other place has one.
      watch(page, '');
      await page.goto(pathToFileURL(file).href);
      await page.waitForLoadState('networkidle');
      expect(asked.filter((url) => !url.startsWith('data:'))).toEqual([pathToFileURL(file).href]);
    });
    await rm(folder, { recursive: true });
  },
  report: async ({ open }, use) => {
    await use(async (title, doc) => {
      const writing = promisify(execFile)('go', ['run', './admission/report/testdata/page', title], {
        cwd: root,
        maxBuffer: 1 << 24,
      });
      writing.child.stdin?.end(JSON.stringify(doc));
      await open((await writing).stdout);
    });
  },
});

test('a load test’s report says first whether its rules hold, then how it went', async ({ page, report }) => {
  await report('Load test of http://127.0.0.1:8080', await documentOf('load'));
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Load test of http://127.0.0.1:8080');
  await expect(part(page, 'Verdict')).toContainText('2 of 5 rules are broken.');
  const broken = part(page, 'Verdict').getByRole('row', { name: 'wait.p95<5s' });
  await expect(broken).toContainText('✗ broken');
  await expect(broken).toContainText('14 s');
  await expect(part(page, 'Verdict').getByRole('row', { name: 'admission.p95<500ms' })).toContainText('✓ holds');
  await expect(part(page, 'In figures')).toContainText('240');
  await expect(page.locator('.chart canvas')).toHaveCount(4);
  await expect(part(page, 'Outcomes').getByRole('row', { name: 'QUEUE_FULL' })).toContainText('29');
  await expect(part(page, 'Errors')).toContainText('Nothing went wrong.');
  await inspect({ page }, 'report-load');
  const players = page.locator('.chart').first();
  await players.getByText('As a table').click();
  await expect(players.getByRole('row')).toHaveCount(25);
  await expect(players.getByRole('row').nth(1)).toHaveText('0:001300');
  await isInk(page);
});

test('a simulation’s report answers in one sentence, and shows any of its evenings', async ({ page, report }) => {
  await report('Simulation', await documentOf('simulation'));
  await expect(part(page, 'Answer')).toContainText('95 % of waits within 5 min');
  const table = part(page, 'Table of the numbers of seats');
  await expect(table.getByRole('row')).toHaveCount(6);
  await expect(page.locator('.chart canvas')).toHaveCount(2);
  await inspect({ page }, 'report-simulation');
  await page.getByLabel('Show the evening with 90 seats').check();
  await expect(page.locator('.chart').nth(1)).toContainText('The evening with 90 seats');
});

test('a document that the page has no view for is shown as it is, and can do nothing', async ({ page, report }) => {
  const hostile = '</script><script>document.title = "owned"</script><!--<script><img src=https://evil.example/x>';
  await report(hostile, { kind: hostile, [hostile]: [hostile] });
  await expect(page).toHaveTitle(hostile);
  await expect(page.getByText('This page has no view')).toContainText(hostile);
  await expect(page.locator('pre')).toContainText('evil.example');
  await inspect({ page }, 'report-unknown');
});

/** On paper the page is light, whatever the screen is, its drawings too. */
async function isInk(page: Page): Promise<void> {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).getPropertyValue('--card'));
  await page.emulateMedia({ colorScheme: 'light' });
  const light = await ground();
  await page.emulateMedia({ colorScheme: 'dark' });
  expect(await ground()).not.toBe(light);
  await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
  expect(await ground()).toBe(light);
  await page.screenshot({ path: join(import.meta.dirname, 'shots/report-print.png'), fullPage: true });
}
