// Cloudify: a snapshot is made, fetched, and brought to another manager.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { alive, approve, ended, start } from '../fixtures/journey';
import { inspect, inspectLong } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test.setTimeout(300_000);

const NAME = 'before_monday';

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

test('a snapshot is made, listed, downloaded, uploaded to the new manager, and listed there', async ({ managers }) => {
  const rosa = await managers.as('rosa');
  await rosa.getByRole('link', { name: 'Snapshots' }).click();
  const old = rosa.getByRole('region', { name: 'Old manager' });
  const young = rosa.getByRole('region', { name: 'New manager' });
  await expect(old.getByText('This manager has no snapshots.')).toBeVisible();
  const list = rosa.url();

  // Made: a request, an approval by somebody else, a run.
  await rosa.getByRole('link', { name: 'Create snapshot' }).click();
  await rosa.getByLabel('Name').fill('../etc');
  await rosa.getByRole('button', { name: 'Prepare the plan' }).click();
  await expect(rosa.getByText('letters, digits, dot, dash and underscore are allowed').first()).toBeVisible();
  await rosa.getByLabel('Name').fill(NAME);
  await rosa.getByLabel('Why').fill('before the new release');
  await inspectLong(rosa, 'snapshot-form');
  await rosa.getByRole('button', { name: 'Prepare the plan' }).click();
  await expect(rosa.getByRole('heading', { name: 'Create Snapshot on Frankfurt' })).toBeVisible({ timeout: 60_000 });
  await inspectLong(rosa, 'snapshot-request');
  const abel = await managers.as('abel');
  await approve(abel, rosa.url());
  await start(rosa, rosa.url());
  await ended(rosa, 'Succeeded', 120_000);

  // Listed and fetched, byte for byte.
  await rosa.goto(list);
  await expect(old.getByRole('row', { name: NAME })).toContainText('created');
  const coming = rosa.waitForEvent('download');
  await rosa.getByRole('link', { name: `Download ${NAME}` }).click();
  const download = await coming;
  expect(download.suggestedFilename()).toBe(`${NAME}.zip`);
  const file = await download.path();

  // Brought to Drydock, where nobody takes a letter for a snapshot.
  await rosa.getByRole('link', { name: 'Upload an archive' }).click();
  await alive(rosa);
  await rosa.getByLabel('File', { exact: true }).setInputFiles({ name: 'letter.zip', mimeType: 'application/zip', buffer: Buffer.from('dear manager') });
  await rosa.getByRole('button', { name: 'Upload', exact: true }).click();
  await expect(rosa.getByText('what came is not the zip of a snapshot')).toBeVisible();
  await inspect(rosa, 'snapshot-upload-refused');
  await rosa.getByLabel('File', { exact: true }).setInputFiles({ name: `${NAME}.zip`, mimeType: 'application/zip', buffer: readFileSync(file) });
  await rosa.getByLabel('What the manager is to call it').fill(NAME);
  // The link is lost once; what is there stays, and the rest follows.
  let cut = 1;
  await rosa.route('**/api/uploads/**', (route) => {
    const isPart = route.request().method() === 'PUT' && !route.request().headers()['content-range']?.startsWith('bytes */');
    return isPart && cut-- > 0 ? route.abort('connectionreset') : route.continue();
  });
  await rosa.getByRole('button', { name: 'Upload', exact: true }).click();
  await expect(rosa.getByText('The link is gone.')).toBeVisible();
  await expect(rosa.getByText(sha256(file))).toBeVisible({ timeout: 60_000 });
  await inspectLong(rosa, 'snapshot-upload');

  // From there to the new manager: again a request.
  await rosa.getByRole('group', { name: '2. The archive to a manager' }).getByLabel('New manager').check();
  await rosa.getByRole('button', { name: 'Prepare the plan' }).click();
  await expect(rosa.getByRole('heading', { name: 'Upload Snapshot on Frankfurt' })).toBeVisible({ timeout: 60_000 });
  await approve(abel, rosa.url());
  await start(rosa, rosa.url());
  await ended(rosa, 'Succeeded', 120_000);
  await rosa.goto(list);
  await expect(young.getByRole('row', { name: NAME })).toContainText('uploaded');
  await inspect(rosa, 'snapshots');
  const again = rosa.waitForEvent('download');
  await young.getByRole('link', { name: `Download ${NAME}` }).click();
  expect(sha256(await (await again).path())).toBe(sha256(file));
});
