// Cloudify: from the snapshot to "the old manager is shut down", on a new host; and in the old one's place.
import type { Page } from '@playwright/test';
import { alive, approve, ended, start } from '../fixtures/journey';
import { inspectLong } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test.setTimeout(420_000);

/** Fills in what every migration asks for, and goes from the form to the request. */
async function prepare(rosa: Page, name: string): Promise<void> {
  for (const answer of await rosa.getByRole('group', { name: 'What you answer for' }).getByRole('checkbox').all()) await answer.check();
  await rosa.getByLabel('Why').fill('the new release');
  await inspectLong(rosa, `${name}-form`);
  await rosa.getByRole('button', { name: 'Prepare the plan' }).click();
  await expect(rosa).toHaveURL(/\/requests\//, { timeout: 60_000 });
  await expect(rosa.getByRole('heading', { name: 'Migrate Manager on Frankfurt' })).toBeVisible();
}

test('a manager is migrated to a new host, and shut down only when every agent is proven', async ({ managers }) => {
  const rosa = await managers.as('rosa');
  await rosa.getByRole('button', { name: 'Look again' }).click();
  await expect(rosa.getByText('4.2.0').first()).toBeVisible({ timeout: 60_000 });
  await rosa.getByRole('link', { name: 'Frankfurt' }).click();
  await expect(rosa.getByRole('heading', { name: 'Old manager' })).toBeVisible();
  await inspectLong(rosa, 'managers');
  await rosa.getByRole('link', { name: 'Migrate Manager' }).click();
  await prepare(rosa, 'migration');
  await inspectLong(rosa, 'migration-request');
  const abel = await managers.as('abel');
  await approve(abel, rosa.url());
  await start(rosa, rosa.url());
  await alive(rosa);

  // Every agent is at the new manager, no machine is there twice, and only now a person is asked to end the old one.
  await expect(rosa.getByText('Under way: Shut down the old manager')).toBeVisible({ timeout: 240_000 });
  const before = await managers.lab.truth();
  expect(before.lost).toEqual([]);
  expect(before.duplicated).toEqual([]);
  await inspectLong(rosa, 'migration-run');
  await managers.lab.act({ power_off: 'old' });
  await ended(rosa, 'Succeeded', 120_000);
  const after = await managers.lab.truth();
  expect([after.lost, after.duplicated, after.violations]).toEqual([[], [], []]);
});

test.describe('in the old one\'s place', () => {
  test.use({ place: 'same' });

  test('a manager is torn down and installed by people, restored, rebooted by itself, and has its old admin again', async ({ managers }) => {
    const before = await managers.lab.truth();
    const rosa = await managers.as('rosa');
    await rosa.getByRole('link', { name: 'Migrate Manager' }).click();
    await expect(rosa.getByText('In place: the old manager is torn down after its snapshot was fetched and checked')).toBeVisible();
    await rosa.getByLabel('Release that is installed').fill('5.0.5');
    await prepare(rosa, 'migration-in-place');
    await expect(rosa.getByText('There is no way back. Make sure that it is').first()).toBeVisible();
    const abel = await managers.as('abel');
    await approve(abel, rosa.url());
    await abel.context().close();
    await start(rosa, rosa.url());
    await alive(rosa);

    // Nothing is torn down before what is kept is proven, and nothing is restored before the new release is there.
    await expect(rosa.getByText('Under way: Tear down the old manager')).toBeVisible({ timeout: 120_000 });
    await expect(rosa.getByText('somebody has to do this').first()).toBeVisible();
    await inspectLong(rosa, 'migration-in-place-run');
    await managers.lab.act('tear_down');
    await expect(rosa.getByText('Under way: Install the manager 5.0.5')).toBeVisible({ timeout: 60_000 });
    await managers.lab.act('install');
    await ended(rosa, 'Succeeded', 240_000);
    await expect(rosa.getByText('it has booted anew').first()).toBeAttached();
    await expect(rosa.getByText("the old manager's admin is let in").first()).toBeAttached();

    const after = await managers.lab.truth();
    expect([after.lost, after.duplicated, after.violations]).toEqual([[], [], []]);
    const [was, is] = [before.managers.manager, after.managers.manager];
    expect([was.version, is.version]).toEqual(['4.2.0', '5.0.5']);
    expect(is.admin, 'the one of the snapshot is in force').toEqual(was.admin);
    expect(after.machines[0].boots).toBe(1);
    for (const host of after.hosts) expect(host.agents, host.instance).toHaveLength(2);
  });
});
