// History: what a run has printed is found and leads to its place; two runs are compared; charts say the same in words.
import { ended, startedRun } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test.setTimeout(240_000);

test('output is found and leads to its place, two runs are compared, and charts say what they show', async ({ world }) => {
  await world.lab.fault({ job_fails: { aim: { command: 'rebootRouter', times: 1 }, code: 530 } });
  const first = await startedRun(world, 'native');
  await expect(first.locator('[role=status]', { hasText: 'Needs a decision' })).toBeVisible({ timeout: 90_000 });
  await first.getByText('Abort this run').click();
  await first.getByLabel('Why').fill('once more by the script');
  await first.getByRole('button', { name: 'Abort the run' }).click();
  await ended(first, 'Aborted');
  await first.context().close();
  const rosa = await startedRun(world, 'script');
  await ended(rosa, 'Succeeded');

  // The server reads what was printed within a second or two.
  await expect(async () => {
    await rosa.goto('/history');
    await rosa.getByLabel('Text in output').fill('RUNNING routing');
    await rosa.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(rosa.locator('mark').first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await inspect(rosa, 'history-found');
  const line = await rosa.locator('mark').first().locator('..').innerText();
  await rosa.locator('.card-body a').first().click();
  await expect(rosa).toHaveURL(/\/log\?.*#found$/);
  await expect(rosa.locator('#found')).toBeInViewport();
  await expect(rosa.locator('#found')).toContainText(line.trim());

  await rosa.goto('/history');
  await rosa.getByText('The same as a table').click();
  const table = rosa.getByRole('region', { name: 'Runs over time' });
  await expect(table.getByRole('row')).toHaveCount(2);
  await expect(rosa.getByRole('img', { name: 'How runs ended' })).toBeVisible();
  await inspect(rosa, 'history-charts');

  for (const box of await rosa.getByRole('checkbox', { name: 'Compare Restart System VMs' }).all()) await box.check();
  await rosa.getByRole('button', { name: 'Compare the two chosen runs' }).click();
  await expect(rosa.getByRole('heading', { name: 'Two runs compared' })).toBeVisible();
  await rosa.locator('a[href="#first"]').click();
  await expect(rosa.getByText('The first difference')).toBeInViewport();
  await inspect(rosa, 'history-compared');
});
