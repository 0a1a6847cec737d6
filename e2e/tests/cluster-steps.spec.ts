// Open vStorage: both buttons step by step over SSH, from what is pending to what is proven.
import { STORY, nothingPending, update, violations } from '../fixtures/cluster';
import { inspectLong } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test.setTimeout(STORY);

test.describe('a cluster of the last generation', () => {
  test.use({ kind: { generation: 'c', init: 'systemd' } });

  // Some hundred steps: told by `cargo xtask test e2e`, and not in the run of everything.
  test('is updated step by step, over SSH alone', { tag: '@long' }, async ({ cluster }) => {
    const rosa = await cluster.as('rosa');
    await update(cluster, rosa, 'Update Framework', 'Step by step', async (watch) => {
      await expect(watch.getByText('Proof:').first()).toBeVisible({ timeout: 60_000 });
      await inspectLong(watch, 'cluster-run');
    });
    await update(cluster, rosa, 'Update Storage Driver', 'Step by step');
    await nothingPending(cluster, rosa);
    expect(await violations(cluster)).toEqual([]);
  });
});
