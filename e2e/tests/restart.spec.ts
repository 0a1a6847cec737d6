// The main story: one person asks, another agrees, the run is watched to its proven end.
import { approve, alive, askForRestart, ended, provenByTheCloud, start, startedRun } from '../fixtures/journey';
import { expect, logIn, test } from '../fixtures/story';

test('system VMs are restarted through signed requests, and the cloud confirms it', async ({ world, browser }) => {
  const rosa = await browser.newPage({ baseURL: world.drydock.url });
  await logIn(rosa, 'rosa');
  await alive(rosa);
  await rosa.getByRole('button', { name: 'Look again' }).click();
  await expect(rosa.getByText('still run the old disk or version').first()).toBeVisible();
  await askForRestart(rosa, 'native');
  await expect(rosa.getByText('Waits for 1 approval').first()).toBeVisible();

  const abel = await world.as('abel');
  await abel.getByRole('link', { name: 'Inbox' }).click();
  await expect(abel.getByText('You can approve or deny it')).toBeVisible();
  await approve(abel, rosa.url());

  await start(rosa, rosa.url());
  await alive(rosa);
  await ended(rosa, 'Succeeded');
  await expect(rosa.getByText('Every step has its proof.')).toBeVisible();
  await provenByTheCloud(world);
  const truth = await world.lab.truth();
  expect(truth.port_8096_intervals).toEqual([]);

  await rosa.goto('/');
  await expect(rosa.getByText('Last run:')).toBeVisible();
});

test("system VMs are restarted by the vendor's script, its output is shown, and port 8096 is closed again", async ({ world }) => {
  const page = await startedRun(world, 'script');
  await alive(page);
  await expect(page.getByRole('log')).toContainText('Stopping and starting 1 secondary storage vm(s)...', { timeout: 60_000 });
  await ended(page, 'Succeeded');
  await provenByTheCloud(world);
  const truth = await world.lab.truth();
  expect(truth.port_8096_intervals.length).toBeGreaterThan(0);
});

test('nobody approves their own request, and the page says why', async ({ world }) => {
  world.drydock.run(['user', 'roles', 'rosa', '--role', 'requester', '--role', 'approver', '--role', 'operator']);
  const rosa = await world.as('rosa');
  await askForRestart(rosa, 'native');
  await expect(rosa.getByRole('button', { name: 'Approve', exact: true })).toBeDisabled();
  await expect(rosa.getByRole('button', { name: 'Start the run' })).toBeDisabled();
  await expect(rosa.getByText('abel').first()).toBeVisible();
});

test('a denied request cannot be started', async ({ world }) => {
  const rosa = await world.as('rosa');
  await askForRestart(rosa, 'native');
  const abel = await world.as('abel');
  await abel.goto(rosa.url());
  await alive(abel);
  await abel.getByText('Deny it').click();
  await abel.getByLabel('Why not').fill('not during the fair');
  await abel.getByRole('button', { name: 'Deny', exact: true }).click();
  await expect(abel.getByText('not during the fair').first()).toBeVisible();
  await rosa.reload();
  await expect(rosa.getByText('Denied').first()).toBeVisible();
  await expect(rosa.getByRole('button', { name: 'Start the run' })).toBeHidden();
});
