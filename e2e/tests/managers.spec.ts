// Cloudify: from the snapshot to "the old manager is shut down", on a new host.
import { alive, approve, ended, start } from '../fixtures/journey';
import { inspectLong } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test.setTimeout(420_000);

test('a manager is migrated to a new host, and shut down only when every agent is proven', async ({ managers }) => {
  const rosa = await managers.as('rosa');
  await rosa.getByRole('button', { name: 'Look again' }).click();
  await expect(rosa.getByText('4.2.0').first()).toBeVisible({ timeout: 60_000 });
  await rosa.getByRole('link', { name: 'Frankfurt' }).click();
  await expect(rosa.getByRole('heading', { name: 'Old manager' })).toBeVisible();
  await inspectLong(rosa, 'managers');
  await rosa.getByRole('link', { name: 'Migrate Manager' }).click();
  for (const answer of await rosa.getByRole('group', { name: 'What you answer for' }).getByRole('checkbox').all()) await answer.check();
  await rosa.getByLabel('Why').fill('the new release');
  await inspectLong(rosa, 'migration-form');
  await rosa.getByRole('button', { name: 'Prepare the plan' }).click();
  await expect(rosa).toHaveURL(/\/requests\//, { timeout: 60_000 });
  await expect(rosa.getByRole('heading', { name: 'Migrate Manager on Frankfurt' })).toBeVisible();
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
