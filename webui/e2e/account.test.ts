/** What a player does with the account itself. */
import { enter, inspect, offences } from './player';
import { expect, test } from './scene';
import { startServer } from './server';

test('a guest keeps the account, changes the password, and deletes it', async ({ browser }) => {
  offences.length = 0;
  const server = await startServer('--auth', 'local,guest');
  const context = await browser.newContext({ locale: 'en-GB' });
  const page = await context.newPage();
  await page.goto(server.url);
  await page.getByText('Guest', { exact: true }).click();
  await page.getByLabel('Name', { exact: true }).fill('visitor');
  await page.getByRole('button', { name: 'Play as guest' }).click();
  await page.getByLabel('Name of a new character').fill('Wanderer');
  await page.getByRole('button', { name: 'Create' }).click();
  await page.getByText('Account', { exact: true }).click();
  await inspect({ page }, 'account-guest');

  const keep = page.getByRole('form', { name: 'Keep this account' });
  await keep.getByLabel('Name').fill('settler');
  await keep.getByLabel('Password').fill('a password of mine');
  await keep.getByRole('button', { name: 'Keep this account' }).click();
  await expect(keep).toHaveCount(0);
  await expect(page.getByRole('radio', { name: 'Wanderer' })).toBeVisible();

  const change = page.getByRole('form', { name: 'Change the password' });
  await change.getByLabel('Present password').fill('wrong');
  await change.getByLabel('New password').fill('another password');
  await change.getByRole('button', { name: 'Change it' }).click();
  await expect(change.getByRole('alert')).toHaveText('That is not your present password.');
  await change.getByLabel('Present password').fill('a password of mine');
  await change.getByRole('button', { name: 'Change it' }).click();
  await expect(change.getByRole('status')).toContainText('Changed.');
  await inspect({ page }, 'account');

  const remove = page.getByRole('form', { name: 'Delete the account' });
  await remove.getByRole('button', { name: 'Delete the account' }).click();
  await remove.getByLabel('Password').fill('another password');
  await remove.getByRole('button', { name: 'Delete for good' }).click();
  await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible();
  await page.getByLabel('Name', { exact: true }).fill('settler');
  await page.getByLabel('Password').fill('another password');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByText('Name and password do not match.')).toBeVisible();
  await context.close();
  await server.remove();
});

test('after a forced reset another password is chosen at the log-in; logging out everywhere ends it all', async ({
  browser,
}) => {
  const server = await startServer();
  const ana = await enter(browser, server.url, 'ana');
  const accounts = (await server.call('GET', '/admin/api/accounts?search=ana')) as {
    accounts: { accountId: string }[];
  };
  const id = accounts.accounts[0]?.accountId;
  await server.call('POST', `/admin/api/accounts/${id}/password`, { password: 'given by hand', mustChange: true });
  const { page } = ana;
  await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible({ timeout: 20_000 });
  await page.getByLabel('Name', { exact: true }).fill('ana');
  await page.getByLabel('Password').fill('given by hand');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByText('You need a new password')).toBeVisible();
  await page.getByLabel('New password').fill('chosen by ana');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByRole('radio', { name: 'ana the Brave' })).toBeVisible();
  await page.getByText('Account', { exact: true }).click();
  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  await expect(page.getByRole('button', { name: 'Log in' })).toBeVisible();
  await ana.context.close();
  await server.remove();
});
