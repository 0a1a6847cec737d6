// The live page: nothing is missing and nothing comes twice, whatever happens to page, link or server; and a run can be ended.
import type { Page } from '@playwright/test';
import { alive, ended, startedRun } from '../fixtures/journey';
import { expect, test } from '../fixtures/story';

test.use({ pace: 'demo' });
test.setTimeout(240_000);

async function lines(page: Page): Promise<string[]> {
  const lines = await page.locator('[role=log] .log-line').allInnerTexts();
  return lines.map((line) => line.trimEnd());
}

test('a reload and a killed server leave the log without gap or repeat', async ({ world }) => {
  const page = await startedRun(world, 'script');
  await alive(page);
  await expect.poll(async () => (await lines(page)).length, { timeout: 90_000 }).toBeGreaterThan(3);

  const before = await lines(page);
  await page.reload();
  await alive(page);
  // The last lines come with the stream.
  await expect.poll(async () => (await lines(page)).slice(0, before.length)).toEqual(before);

  await world.drydock.kill();
  await expect(page.getByText('Connection lost, retrying')).toBeVisible({ timeout: 30_000 });
  await world.drydock.start();
  await expect(page.getByText('Connection lost, retrying')).toBeHidden({ timeout: 60_000 });
  await expect(page.getByRole('status').filter({ hasText: 'Succeeded' })).toBeVisible({ timeout: 150_000 });

  const live = await lines(page);
  await page.reload();
  expect(await lines(page), 'the page that lived through it shows what the server has').toEqual(live);
});

test('an aborted run stops, starts what it stopped, and says who ended it', async ({ world }) => {
  const page = await startedRun(world, 'native');
  await alive(page);
  await expect(page.getByText('Waits:').first()).toBeVisible({ timeout: 30_000 });
  await page.getByText('Abort this run').click();
  await page.getByLabel('Why').fill('wrong window');
  await page.getByRole('button', { name: 'Abort the run' }).click();
  await expect(page.getByText('rosa ended this run')).toBeVisible();
  await ended(page, 'Aborted');
  await expect(page.getByText('wrong window').first()).toBeVisible();
  const truth = await world.lab.truth();
  const down = Object.values<any>(truth.vms).filter((vm) => vm.state !== 'Running');
  expect(down.map((vm) => vm.name)).toEqual([]);
});
