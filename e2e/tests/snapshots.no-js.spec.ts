// Without JavaScript: snapshots are listed, asked for and downloaded; the upload says that it needs the script, and how else.
import { approve, start } from '../fixtures/journey';
import { expect, test } from '../fixtures/story';

test('a snapshot is asked for, listed and downloaded without JavaScript', async ({ managers }) => {
  const rosa = await managers.as('rosa');
  await rosa.getByRole('link', { name: 'Snapshots' }).click();
  const list = rosa.url();
  await rosa.getByRole('link', { name: 'Create snapshot' }).click();
  await rosa.getByLabel('Name').fill('plain');
  await rosa.getByRole('button', { name: 'Prepare the plan' }).click();
  await expect(rosa.getByRole('heading', { name: 'Create Snapshot on Frankfurt' })).toBeVisible({ timeout: 60_000 });
  const abel = await managers.as('abel');
  await approve(abel, rosa.url());
  await start(rosa, rosa.url());
  const row = rosa.getByRole('region', { name: 'Old manager' }).getByRole('row', { name: 'plain' });
  await expect(async () => {
    await rosa.goto(list);
    await expect(row).toContainText('created', { timeout: 1_000 });
  }).toPass({ timeout: 60_000 });
  const coming = rosa.waitForEvent('download');
  await rosa.getByRole('link', { name: 'Download plain' }).click();
  expect((await coming).suggestedFilename()).toBe('plain.zip');
  await rosa.getByRole('link', { name: 'Upload an archive' }).click();
  await expect(rosa.getByText('Uploading here needs the script of this page')).toBeVisible();
  await rosa.getByText('From a shell, with curl').click();
  await expect(rosa.getByText('/api/uploads/')).toBeVisible();
});
