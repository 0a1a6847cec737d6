// Open vStorage: both buttons by the cluster's own updater, from what is pending to what is proven.
import { STORY, nothingPending, update, violations } from '../fixtures/cluster';
import { inspectLong } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test.setTimeout(STORY);

test.describe('a cluster with its first updater', () => {
  test('is updated by that updater, under supervision', async ({ cluster }) => {
    const rosa = await cluster.as('rosa');
    await rosa.getByRole('button', { name: 'Look again' }).click();
    await expect(rosa.getByText('4 of 4 nodes pending').first()).toBeVisible({ timeout: 60_000 });
    await inspectLong(rosa, 'cluster-updates');
    await rosa.getByRole('link', { name: 'Frankfurt' }).click();
    await rosa.getByText('packages, 11 pending').first().click();
    await rosa.getByText('services, ').first().click();
    await expect(rosa.getByRole('region', { name: 'Framework on ovs-node1' }).getByText('openvstorage-core')).toBeVisible();
    await inspectLong(rosa, 'cluster');

    await update(cluster, rosa, 'Update Framework', 'Supervised', async (watch) => {
      await expect(watch.getByText('The updater works').first()).toBeVisible();
      await inspectLong(watch, 'cluster-run-supervised');
    });
    await update(cluster, rosa, 'Update Storage Driver', 'Supervised');
    await nothingPending(cluster, rosa);
    await inspectLong(rosa, 'cluster-updates-done');
    // That updater stops the members of voldrv all at once, for a moment: dossier 3.4.
    const isItsOwnWay = (one: any) => one.place === 'voldrv' && one.kind === 'two_members_down' && !one.lasts;
    expect((await violations(cluster)).filter((one) => !isItsOwnWay(one))).toEqual([]);
  });
});
