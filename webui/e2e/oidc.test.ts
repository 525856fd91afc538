/** Players who log in at another provider. */
import { startProvider } from './oidc';
import { inspect, offences, watch } from './player';
import { expect, test } from './scene';
import { startServer } from './server';

test('a player logs in elsewhere, plays, and is logged in elsewhere again after a log-out', async ({ browser }) => {
  offences.length = 0;
  const provider = await startProvider();
  const flags = ['--auth', 'oidc', '--oidc-issuer', provider.issuer, '--oidc-client-id', 'web'];
  const server = await startServer(...flags);
  const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  await page.goto(server.url);
  const button = page.getByRole('button', { name: /^Log in with 127\.0\.0\.1/ });
  await expect(page.getByLabel('Password')).toHaveCount(0);
  await inspect({ page }, 'oidc-log-in');
  await button.click();
  await page.getByPlaceholder('Enter any login').fill('ana');
  await page.getByPlaceholder('and password').fill('whatever');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();

  await expect(page.getByText('ana of elsewhere')).toBeVisible();
  expect(new URL(page.url()).search).toBe('');
  await page.getByLabel('Name of a new character').fill('Ana');
  await page.getByRole('button', { name: 'Create' }).click();
  await page
    .getByRole('button', { name: /^Connect/ })
    .first()
    .click();
  await expect(page.getByRole('heading', { name: 'You are in' })).toBeVisible();

  await page.reload();
  await expect(page.getByRole('heading', { name: 'You are in' })).toBeVisible();
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(button).toBeVisible();
  await server.remove();
  provider.stop();
});

test('a provider that does not answer is said, and costs the page nothing', async ({ browser }) => {
  const flags = ['--auth', 'local,oidc', '--oidc-issuer', 'http://127.0.0.1:9', '--oidc-client-id', 'web'];
  const server = await startServer(...flags);
  const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  watch(page, new URL(server.url).host);
  await page.goto(server.url);
  await page.getByRole('button', { name: 'Log in with 127.0.0.1:9' }).click();
  await expect(page.getByText('That log-in did not work.')).toBeVisible();
  await expect(page.getByLabel('Password')).toBeVisible();
  await page.context().close();
  await server.remove();
  offences.length = 0; // the page did ask the provider, which is another origin
});
