// Open vStorage: both buttons, both ways, on three masters and an extra, from what is pending to what is proven.
import type { Page } from '@playwright/test';
import { alive, approve, ended, start } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test, type World } from '../fixtures/story';
import type { ClusterDetails } from '../fixtures/lab';

type Cluster = World<ClusterDetails>;

// A cluster has twenty services a node, each of which is stopped, started and looked at.
test.setTimeout(600_000);
const LONG = 420_000;

test.describe('a cluster with its first updater', () => {
  test('is updated by that updater, under supervision', async ({ cluster }) => {
    const rosa = await cluster.as('rosa');
    await rosa.getByRole('button', { name: 'Look again' }).click();
    await expect(rosa.getByText('4 of 4 nodes pending').first()).toBeVisible({ timeout: 60_000 });
    await inspect(rosa, 'cluster-updates');
    await rosa.getByRole('link', { name: 'Frankfurt' }).click();
    await rosa.getByText('packages, 11 pending').first().click();
    await rosa.getByText('services, ').first().click();
    await expect(rosa.getByRole('region', { name: 'Framework on ovs-node1' }).getByText('openvstorage-core')).toBeVisible();
    await inspect(rosa, 'cluster');

    await update(cluster, rosa, 'Update Framework', 'Supervised', async (watch) => {
      await expect(watch.getByText('The updater works').first()).toBeVisible();
      await inspect(watch, 'cluster-run-supervised');
    });
    await update(cluster, rosa, 'Update Storage Driver', 'Supervised');
    await nothingPending(cluster, rosa);
    await inspect(rosa, 'cluster-updates-done');
    // That updater stops the members of voldrv all at once: dossier 3.4.
    expect((await violations(cluster)).filter((one) => one.place !== 'voldrv')).toEqual([]);
  });
});

test.describe('a cluster of the last generation', () => {
  test.use({ kind: { generation: 'c', init: 'systemd' } });

  test('is updated step by step, over SSH alone', async ({ cluster }) => {
    const rosa = await cluster.as('rosa');
    await update(cluster, rosa, 'Update Framework', 'Step by step', async (watch) => {
      await expect(watch.getByText('Proof:').first()).toBeVisible({ timeout: 60_000 });
      await inspect(watch, 'cluster-run');
    });
    await inspect(rosa, 'cluster-run-done');
    await update(cluster, rosa, 'Update Storage Driver', 'Step by step');
    await nothingPending(cluster, rosa);
    expect(await violations(cluster)).toEqual([]);
  });
});

/** One button, from the Updates page to the end of its run; `meanwhile` looks at the run. */
async function update(
  cluster: Cluster,
  rosa: Page,
  button: 'Update Framework' | 'Update Storage Driver',
  way: 'Supervised' | 'Step by step',
  meanwhile?: (watch: Page) => Promise<void>,
): Promise<void> {
  await rosa.goto('/');
  await rosa.getByRole('link', { name: button, exact: true }).click();
  await rosa.getByLabel(way).check();
  await rosa.getByLabel('Why').fill('the new release');
  if (meanwhile) await inspect(rosa, `cluster-form-${way === 'Supervised' ? 'supervised' : 'steps'}`);
  await rosa.getByRole('button', { name: 'Prepare the plan' }).click();
  await expect(rosa).toHaveURL(/\/requests\//, { timeout: 60_000 });
  await expect(rosa.getByRole('heading', { name: `${button} on` })).toBeVisible();
  if (meanwhile) await inspect(rosa, `cluster-request-${way === 'Supervised' ? 'supervised' : 'steps'}`);
  const abel = await cluster.as('abel');
  await approve(abel, rosa.url());
  await abel.context().close();
  await start(rosa, rosa.url());
  await alive(rosa);
  await meanwhile?.(rosa);
  await ended(rosa, 'Succeeded', LONG);
  await expect(rosa.getByText('Every step has its proof.')).toBeVisible();
}

/** The page says so after a fresh look, both buttons are barred for that reason, and every unit runs. */
async function nothingPending(cluster: Cluster, page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByText('Nothing is pending: every node has and runs what it would get.')).toHaveCount(2, { timeout: 60_000 });
  await expect(page.getByRole('button', { name: 'Update Framework' })).toBeDisabled();
  await expect(page.getByRole('button', { name: 'Update Storage Driver' })).toBeDisabled();
  const truth = await cluster.lab.truth();
  for (const [name, node] of Object.entries<any>(truth.nodes)) {
    expect(node.flags, name).toEqual([]);
    expect(Object.entries(node.units).filter(([, phase]) => phase !== 'running'), name).toEqual([]);
  }
}

async function violations(cluster: Cluster): Promise<any[]> {
  return (await cluster.lab.truth()).violations;
}
