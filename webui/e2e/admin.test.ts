/** What operators do, through the page: every page and every change. */
import { eventsOf, hire, logIn, openInstance, ownersPassword, part, setUp, visit } from './admin';
import { characterIdOf, connect, expectRank, expectState, expectTitle, inspect, openTab } from './player';
import { expect, test } from './scene';

test('the set-up link makes the first administrator, once', async ({ server, browser }) => {
  const link = /#setup=[\w-]+/.exec(server.printed())?.[0] ?? '';
  const { page } = await openTab(await browser.newContext(), `${server.url}/admin/${link}`);
  await expect(page).toHaveURL(`${server.url}/admin/`);
  await page.getByLabel('Name').fill('olga');
  await page.getByLabel('Password').fill('too short');
  await inspect({ page }, 'admin-setup');
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await expect(page.getByRole('alert')).toContainText('12 to 256 characters');
  await page.getByLabel('Password').fill(ownersPassword);
  await page.getByRole('button', { name: 'Create administrator' }).click();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  await page.goto(`${server.url}/admin/${link}`);
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
});

test('an operator sees at a glance how things are, live, and how they were', async ({ server, browser, arrives }) => {
  await server.command('instance', 'set', 'main', '--capacity', '1');
  const page = await setUp(browser, server);
  const line = part(page, 'Instances').getByRole('listitem').first();
  await expect(line).toContainText('0 of 1 seats');
  await expect(line).toContainText('All well');
  const ana = await arrives('ana');
  await connect(ana);
  await expectState(ana, 'admitted');
  await expect(line).toContainText('1 of 1 seats');
  await expect(line).toContainText('Full');
  const ben = await arrives('ben');
  await connect(ben);
  await expectRank(ben, 1, 1);
  await expect(line.getByText('Queue').locator('..')).toContainText('1');
  await expect(page.locator('.chart').first()).toContainText('active');
  await expect(page.locator('.chart canvas').first()).toBeVisible();
  await expect(page.locator('.chart').first()).toContainText('active 1', { timeout: 15_000 });
  await inspect({ page }, 'admin-overview');
  await page.getByRole('button', { name: 'Last day' }).click();
  await expect(page.getByRole('button', { name: 'Last day' })).toHaveAttribute('aria-pressed', 'true');
});

test('an instance is changed, drained, held, closed and opened, each after saying what it does', async ({
  server,
  browser,
  arrives,
}) => {
  const page = await setUp(browser, server);
  await openInstance(page);
  const settings = part(page, 'Settings');
  await settings.getByLabel('Seats').fill('1');
  await settings.getByLabel('Grace, in seconds').fill('45');
  await settings.getByLabel('Message to players').fill('Welcome tonight');
  await settings.getByRole('button', { name: 'Save' }).click();
  await expect(settings.getByText('Saved.')).toBeVisible();
  expect(await server.call('GET', '/admin/api/instances/main')).toMatchObject({
    capacity: 1,
    graceSeconds: 45,
    message: 'Welcome tonight',
  });

  const [ana, ben] = [await arrives('ana'), await arrives('ben')];
  await connect(ana);
  await expectState(ana, 'admitted');
  await connect(ben);
  await expectRank(ben, 1, 1);
  await page.getByRole('button', { name: 'Drain' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('1 player inside stays and plays on');
  await expect(dialog).toContainText('1 player in the queue still gets in');
  await expect(dialog).toContainText('when it will be empty');
  await inspect({ page }, 'admin-drain');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Drain' })).toBeFocused();
  await page.getByRole('button', { name: 'Drain' }).click();
  await dialog.getByRole('button', { name: 'Drain' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('draining');
  const cleo = await arrives('cleo');
  await connect(cleo);
  await expectTitle(cleo, 'Closing soon');

  await page.getByRole('button', { name: 'Maintenance' }).click();
  await expect(dialog).toContainText('keeps the place');
  await dialog.getByRole('button', { name: 'Maintenance' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('maintenance');
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toContainText('1 player inside is sent away at once');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('closed');
  await expectState(ana, 'failed');
  await page.getByRole('button', { name: 'Open' }).click();
  await dialog.getByRole('button', { name: 'Open' }).click();
  await expect(page.getByRole('heading', { level: 1 })).toContainText('open');
  const told = await eventsOf(server, 'admin.instance_changed');
  expect(told.map(({ data }) => (data as { by: string }).by)).toEqual(Array(5).fill('olga'));
  expect(told[0]?.data).toMatchObject({ changed: { capacity: { before: 50, after: 1 } } });
});

test('sessions and the queue are searched, sorted, ended, moved and cleared', async ({ server, browser, arrives }) => {
  await server.command('instance', 'set', 'main', '--capacity', '1');
  const players = [];
  for (const name of ['ana', 'ben', 'cleo']) {
    const player = await arrives(name);
    await connect(player);
    players.push(player);
    await expectState(player, name === 'ana' ? 'admitted' : 'queued');
  }
  const [ana, ben, cleo] = players;
  if (!ana || !ben || !cleo) throw new Error('somebody is missing');
  const page = await setUp(browser, server);
  await openInstance(page);
  const queue = part(page, 'Queue');
  await expect(queue).toContainText('2 rows');
  await queue.getByRole('button', { name: 'Character' }).click();
  await queue.getByRole('button', { name: 'Character' }).click();
  await expect(queue.locator('tbody tr').first()).toContainText('cleo');
  await queue.getByLabel('Search queue').fill('BEN');
  await expect(queue).toContainText('1 row');
  await queue.getByLabel('Search queue').fill('');
  await inspect({ page }, 'admin-instance');

  await queue.getByRole('button', { name: 'Move cleo the Brave', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('New position').fill('1');
  await dialog.getByRole('button', { name: 'Move' }).click();
  await expectRank(cleo, 1, 2);
  await queue.getByRole('button', { name: 'Remove ben the Brave' }).click();
  await dialog.getByLabel('What the player is told').fill('Too loud');
  await dialog.getByRole('button', { name: 'Remove' }).click();
  await expectState(ben, 'failed');
  await expect(ben.panel).toContainText('Too loud');
  const sessions = part(page, 'Sessions');
  await sessions.getByRole('button', { name: 'End the session of ana the Brave' }).click();
  await dialog.getByRole('button', { name: 'End the session' }).click();
  await expectState(ana, 'failed');
  await expectState(cleo, 'admitted');
  await expect(sessions.locator('tbody')).toContainText('cleo');
  for (const name of ['admin.queue_moved', 'admin.queue_removed', 'admin.session_ended']) {
    expect(await eventsOf(server, name)).toMatchObject([{ data: { by: 'olga' } }]);
  }
});

test('why a player could not get in is answered in two clicks, and put right', async ({ server, browser, arrives }) => {
  await server.command('build', 'set', '9.9.9');
  const ana = await arrives('ana');
  for (let tries = 0; tries < 5; tries++) {
    await connect(ana);
    await expectState(ana, 'failed');
    if (tries < 4) await ana.panel.getByRole('button', { name: 'Close' }).click();
  }
  await server.command('build', 'set', '');
  const page = await setUp(browser, server);
  await visit(page, 'Players');
  await expect(part(page, 'Locked now')).toContainText('ana');
  await part(page, 'Accounts and characters').getByRole('link', { name: 'ana' }).click();
  const attempts = part(page, 'Last attempts');
  await expect(attempts).toContainText('the client has another build than the required one (VERSION_MISMATCH)');
  await inspect({ page }, 'admin-player');
  await part(page, 'Now').getByRole('button', { name: 'Clear' }).click();
  await expect(part(page, 'Now')).toContainText('Not locked. 0 failed attempts');

  const characters = part(page, 'Characters');
  await characters.getByRole('button', { name: 'Suspend ana the Brave' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Suspend' }).click();
  await expect(characters).toContainText('suspended');
  await characters.getByRole('button', { name: 'Restore ana the Brave' }).click();
  await expect(characters.getByRole('button', { name: 'Suspend ana the Brave' })).toBeVisible();

  const password = part(page, 'Password');
  await password.getByRole('button', { name: 'Reset the password' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Reset' }).click();
  const fresh = (await password.locator('code').textContent()) ?? '';
  const headers = { 'Content-Type': 'application/json' };
  const login = (body: object) =>
    fetch(`${server.url}/auth/login`, { method: 'POST', headers, body: JSON.stringify(body) });
  expect((await login({ name: 'ana', password: "ana's password" })).status).toBe(401);
  expect((await login({ name: 'ana', password: fresh })).status).toBe(403); // another must be chosen first
  for (const name of ['lock_cleared', 'character_suspended', 'character_restored', 'password_reset']) {
    expect(await eventsOf(server, `admin.${name}`)).toMatchObject([{ data: { by: 'olga' } }]);
  }
});

test('events are followed, filtered, looked up by time and exported', async ({ server, browser, arrives }) => {
  const page = await setUp(browser, server);
  await visit(page, 'Events');
  const table = page.getByRole('region', { name: 'Events, the newest first' });
  await expect(table).toContainText('admin.logged_in');
  const ana = await arrives('ana');
  await connect(ana);
  await expect(table).toContainText('connection.admitted');
  await page.getByLabel('Event', { exact: true }).fill('connection.');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(table).toContainText('connection.attempt');
  await expect(table).not.toContainText('admin.');
  await table.getByRole('button').first().click();
  await expect(table.locator('pre')).toContainText('"instanceId": "main"');
  await inspect({ page }, 'admin-events');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export as NDJSON' }).click(),
  ]);
  const { readFile } = await import('node:fs/promises');
  const lines = (await readFile(await download.path(), 'utf8')).trim().split('\n');
  expect(lines.length).toBeGreaterThan(1);
  for (const line of lines) expect(JSON.parse(line)).toMatchObject({ event: expect.stringMatching(/^connection\./) });
  await page.getByLabel('Jump to a time').fill('2031-01-01T20:14:00');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(page.getByText('No such event.')).toBeVisible();
  await page.getByLabel('Jump to a time').fill('2021-01-01T20:14:00');
  await page.getByRole('button', { name: 'Show' }).click();
  await expect(table).toContainText('connection.attempt');
});

test('a build is rolled out with a window for the former one', async ({ server, browser, arrives }) => {
  const ana = await arrives('ana');
  await connect(ana);
  await expectState(ana, 'admitted');
  const page = await setUp(browser, server);
  await visit(page, 'Builds');
  await expect(part(page, 'main').getByRole('list', { name: 'Clients by build' })).toContainText('1 (100 %)');
  const form = part(page, 'Production build');
  for (const build of ['1.0.0', '2.0.0']) {
    await form.getByLabel('Build', { exact: true }).fill(build);
    await form.getByRole('button', { name: 'Set the build' }).click();
    await expect(form.getByText(`${build} is the production build.`)).toBeVisible();
  }
  await expect(part(page, 'main')).toContainText(/2\.0\.0, or 1\.0\.0 until/);
  await inspect({ page }, 'admin-builds');
  expect(await server.call('GET', '/admin/api/instances/main')).toMatchObject({
    requiredBuild: '2.0.0',
    acceptedBuilds: [{ build: '1.0.0' }],
  });
});

test.describe('settings', () => {
  test.use({ flags: ['--limit-internet', '30'] });
  test('are changed while the server runs, survive a restart, and the command line has the word', async ({
    server,
    browser,
  }) => {
    const page = await setUp(browser, server);
    await visit(page, 'Settings');
    const branding = part(page, 'Branding');
    await branding.getByLabel('Name', { exact: true }).fill('Event Hall');
    await branding.getByLabel('Accent').fill('#0a7d3c');
    await branding.getByLabel('Links at the foot').fill('Rules=https://example.org/rules');
    await branding.getByRole('button', { name: 'Save' }).click();
    await expect(branding.getByText('Saved, and in force.')).toBeVisible();
    await branding.getByLabel('Logo').setInputFiles({
      name: 'l.svg',
      mimeType: 'image/svg+xml',
      buffer: Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
      ),
    });
    await expect(branding.getByRole('img', { name: 'The logo now' })).toBeVisible();
    await branding
      .getByLabel('Logo')
      .setInputFiles({ name: 'l.svg', mimeType: 'image/svg+xml', buffer: Buffer.from('no picture') });
    await expect(branding.getByRole('alert').first()).toContainText('It is no PNG, JPEG, WebP or SVG image.');
    const ways = part(page, 'Ways to log in');
    await ways.getByLabel('Guests, with a name only').check();
    await ways.getByRole('button', { name: 'Save' }).click();
    await expect(ways.getByText('Saved, and in force.')).toBeVisible();
    const limits = part(page, 'Limits');
    await expect(limits.getByLabel('From the internet')).toBeDisabled();
    await limits.getByLabel('From private networks').fill('0');
    await limits.getByRole('button', { name: 'Save' }).click();
    await limits.getByLabel('From private networks').fill('500');
    await limits.getByRole('button', { name: 'Save' }).click();
    await expect(limits.getByText('Saved, and in force.')).toBeVisible();
    const retention = part(page, 'Retention');
    await retention.getByLabel('Keep so many backups').fill('3');
    await retention.getByRole('button', { name: 'Save' }).click();
    await expect(retention.getByText('Saved, and in force.')).toBeVisible();
    const backups = part(page, 'Backups');
    await backups.getByRole('button', { name: 'Make one now' }).click();
    await expect(backups.getByText('The backup is made.')).toBeVisible();
    const [download] = await Promise.all([page.waitForEvent('download'), backups.getByRole('link').first().click()]);
    expect(download.suggestedFilename()).toMatch(/^gatekeeper-.*\.db$/);
    await inspect({ page }, 'admin-settings');
    await server.stop();
    await server.start();
    expect(await server.call('GET', '/admin/api/settings')).toMatchObject({
      branding: { name: 'Event Hall', accent: '#0a7d3c', logo: '/branding/logo', links: [{ title: 'Rules' }] },
      logIn: { local: true, guest: true },
      limits: { internet: 30, private: 500 },
      retention: { backupKeep: 3 },
      fixed: ['limits.internet'],
    });
    await page.goto(server.url);
    await expect(page).toHaveTitle('Event Hall');
    await expect(page.getByRole('link', { name: 'Rules' })).toBeVisible();
  });
});

test('keys are made, shown once, bound, used and revoked', async ({ server, browser }) => {
  await server.command('instance', 'add', 'other');
  const page = await setUp(browser, server);
  await visit(page, 'Access');
  const keys = part(page, 'API keys');
  await keys.getByLabel('Name of the key').fill('game server');
  await keys.getByLabel('Works at').selectOption('main');
  await keys.getByRole('button', { name: 'Make the key' }).click();
  const key = (await keys.locator('code').textContent()) ?? '';
  const beat = async (instance: string) => {
    const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
    return (await fetch(`${server.url}/server/instances/${instance}/heartbeat`, { method: 'PUT', headers, body: '{}' }))
      .status;
  };
  expect(await beat('main')).toBe(200);
  expect(await beat('other')).toBe(403);
  await inspect({ page }, 'admin-access');
  await page.reload();
  await expect(keys).toContainText('game server');
  await expect(keys).not.toContainText(key);
  await expect(keys).not.toContainText('last used never');
  await keys.getByRole('button', { name: 'Revoke game server' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await expect(keys.getByText('is worth nothing any more')).toBeVisible();
  expect(await beat('main')).toBe(401);
});

test('two operators at once do not overwrite each other', async ({ server, browser }) => {
  const olga = await setUp(browser, server);
  const omar = await hire(browser, server, olga, 'omar', 'operator');
  for (const page of [olga, omar]) await openInstance(page);
  await part(olga, 'Settings').getByLabel('Seats').fill('10');
  await part(olga, 'Settings').getByRole('button', { name: 'Save' }).click();
  await expect(part(olga, 'Settings').getByText('Saved.')).toBeVisible();
  await part(omar, 'Settings').getByLabel('Queue length').fill('7');
  await part(omar, 'Settings').getByRole('button', { name: 'Save' }).click();
  await expect(part(omar, 'Settings').getByText('Somebody else has changed this meanwhile')).toBeVisible();
  await expect(part(omar, 'Now')).toContainText('of 10 seats');
  await part(omar, 'Settings').getByRole('button', { name: 'Discard' }).click();
  await expect(part(omar, 'Settings').getByLabel('Seats')).toHaveValue('10');
  await part(omar, 'Settings').getByLabel('Queue length').fill('7');
  await part(omar, 'Settings').getByRole('button', { name: 'Save' }).click();
  await expect(part(omar, 'Settings').getByText('Saved.')).toBeVisible();
  expect(await server.call('GET', '/admin/api/instances/main')).toMatchObject({ capacity: 10, queueMax: 7 });
});

test('a viewer looks and changes nothing; a log-in that ended is asked for again', async ({
  server,
  browser,
  arrives,
}) => {
  const olga = await setUp(browser, server);
  const vera = await hire(browser, server, olga, 'vera', 'viewer');
  const ana = await arrives('ana');
  await connect(ana);
  await openInstance(vera);
  await expect(part(vera, 'Sessions').locator('tbody')).toContainText('ana');
  for (const name of ['Drain', 'Close', 'End the session of ana the Brave', 'Save']) {
    await expect(vera.getByRole('button', { name })).toBeHidden();
  }
  const character = await characterIdOf(ana);
  const refused = await vera.evaluate(async (id) => {
    const tries: [string, string, object?][] = [
      ['PATCH', 'instances/main', { capacity: 1 }],
      ['PATCH', `characters/${id}`, { suspended: true }],
      ['PUT', 'builds/production', { build: '1' }],
      ['POST', 'admins', { name: 'mallory', password: 'long enough 123', role: 'owner' }],
      ['PATCH', 'settings', { limits: { internet: 1, private: 1 } }],
    ];
    const statuses = [];
    for (const [method, path, body] of tries) {
      const headers = { 'Content-Type': 'application/json' };
      statuses.push((await fetch(`/admin/api/${path}`, { method, headers, body: JSON.stringify(body) })).status);
    }
    return statuses;
  }, character);
  expect(refused).toEqual([403, 403, 403, 403, 403]);

  await visit(olga, 'Access');
  await part(olga, 'Administrators').getByLabel('Role of vera').selectOption('operator');
  await expect(part(olga, 'Administrators').getByText('vera is operator now.')).toBeVisible();
  await part(vera, 'Sessions').getByLabel('Search sessions').fill('x');
  await expect(vera.getByText('Your log-in has ended.')).toBeVisible();
  await inspect({ page: vera }, 'admin-login');
  await vera.getByLabel('Name').fill('vera');
  await vera.getByLabel('Password').fill('a password of vera');
  await vera.getByRole('button', { name: 'Log in' }).click();
  await expect(vera.getByRole('heading', { level: 1 })).toContainText('main');
  await expect(vera.getByRole('button', { name: 'Drain' })).toBeVisible();
  await visit(olga, 'Access');
  await part(olga, 'Administrators').getByRole('button', { name: 'Remove vera' }).click();
  await olga.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
  await expect(part(olga, 'Administrators').getByText('vera is no administrator any more.')).toBeVisible();
});

test('ten wrong passwords lock the name, and a second factor is asked for', async ({ server, browser }) => {
  const olga = await setUp(browser, server);
  await visit(olga, 'Access');
  const factor = part(olga, 'Your second factor');
  await factor.getByRole('button', { name: 'Set one up' }).click();
  await expect(factor.getByRole('img')).toBeVisible();
  await factor.getByLabel('Code that the app shows').fill('000000');
  await factor.getByRole('button', { name: 'Put it in force' }).click();
  await expect(factor.getByRole('alert')).toContainText('does not belong');
  const { codeOf } = await import('./totp');
  await factor.getByLabel('Code that the app shows').fill(codeOf((await factor.locator('code').textContent()) ?? ''));
  await factor.getByRole('button', { name: 'Put it in force' }).click();
  await expect(factor.getByText('It is in force.')).toBeVisible();

  const other = await logIn(browser, server, 'olga', ownersPassword);
  await expect(other.getByLabel('Code')).toBeVisible();
  await other.getByLabel('Code').fill('123456');
  for (let tries = 0; tries < 10; tries++) {
    await other.getByLabel('Password').fill(`wrong ${tries}`);
    await other.getByRole('button', { name: 'Log in' }).click();
    await expect(other.getByRole('alert')).toContainText('Name or password is wrong.');
    await expect(other.getByRole('button', { name: 'Log in' })).toBeEnabled();
  }
  await other.getByLabel('Password').fill(ownersPassword);
  await other.getByRole('button', { name: 'Log in' }).click();
  await expect(other.getByRole('alert')).toContainText('locked here for a while');
  await expect(olga.getByRole('heading', { level: 1 })).toBeVisible();
  expect(await eventsOf(server, 'admin.login_failed')).toHaveLength(10);
});

test('the page tells that the server is gone, and goes on when it is back', async ({ server, browser }) => {
  const page = await setUp(browser, server);
  await expect(part(page, 'Instances')).toContainText('All well');
  await server.kill();
  await expect(page.getByRole('alert').filter({ hasText: 'connection to the server is lost' })).toBeVisible();
  await server.start();
  await expect(page.getByRole('alert').filter({ hasText: 'connection to the server is lost' })).toBeHidden({
    timeout: 15_000,
  });
  await visit(page, 'Builds');
});

test('the page is small with its charts, and used by keyboard alone', async ({ server, browser }) => {
  const first = await setUp(browser, server);
  await expect(first.locator('.chart canvas').first()).toBeVisible();
  const bytes = await first.evaluate(() =>
    performance
      .getEntries()
      .filter((entry) => entry instanceof PerformanceResourceTiming && !/\/api\//.test(entry.name))
      .reduce((sum, entry) => sum + (entry as PerformanceResourceTiming).encodedBodySize, 0),
  );
  console.log(`admin page: ${(bytes / 1024).toFixed(1)} KiB gzip`);
  expect(bytes).toBeGreaterThan(20 * 1024);
  expect(bytes).toBeLessThan(100 * 1024);

  const page = await (await browser.newContext({ locale: 'en-GB' })).newPage();
  await page.goto(`${server.url}/admin/`);
  const { keyboard } = page;
  await page.getByLabel('Name').focus();
  await keyboard.type('olga');
  await keyboard.press('Tab');
  await keyboard.type(ownersPassword);
  await keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
  const reach = async (name: string, role: 'link' | 'button') => {
    const target = page.getByRole(role, { name, exact: true });
    for (let tabs = 0; tabs < 40; tabs++) {
      if (await target.evaluate((element) => element === document.activeElement)) return;
      await keyboard.press('Tab');
    }
    throw new Error(`${name} is not reached`);
  };
  await reach('main', 'link');
  await keyboard.press('Enter');
  await reach('Maintenance', 'button');
  await keyboard.press('Enter');
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Maintenance' })).toBeFocused();
  await keyboard.press('Enter');
  for (let tabs = 0; tabs < 5; tabs++) {
    if (await dialog.getByRole('button', { name: 'Maintenance' }).evaluate((e) => e === document.activeElement)) break;
    await keyboard.press('Tab');
  }
  await keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1 })).toContainText('maintenance');
});
