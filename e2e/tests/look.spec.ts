// A run as people watch it: while it works, when it fails, and when the server is gone. The pages themselves are in every-page.
import { alive, approve, askForRestart, ended, start, startedRun } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test.setTimeout(300_000);

// Each story has a cloud of its own.
test.describe.configure({ mode: 'parallel' });

test.describe('a cloud in which nobody decides after a failure', () => {
  test.use({ hold: 0 });

  test('a run that fails', async ({ world }) => {
    const rosa = await world.as('rosa');
    await askForRestart(rosa, 'native');
    const abel = await world.as('abel');
    await approve(abel, rosa.url());
    await world.lab.fault({ job_fails: { aim: { command: 'startSystemVm' }, code: 530 } });
    await start(abel, rosa.url());
    await ended(abel, 'Failed');
    await inspect(abel, 'run-failed');
  });
});

test.describe('a cloud at work', () => {
  test.use({ pace: 'demo' });

  test('a run in the middle, by signed requests, until the server is gone', async ({ world }) => {
    const rosa = await startedRun(world, 'native');
    await alive(rosa);
    await expect(rosa.getByText('Proof:').first()).toBeVisible({ timeout: 60_000 });
    await inspect(rosa, 'run-native');
    const ada = await world.as('ada');
    await inspect(ada, 'updates-with-a-run');
    await world.drydock.kill();
    await expect(rosa.getByText('Connection lost, retrying')).toBeVisible({ timeout: 30_000 });
    await inspect(rosa, 'run-without-a-server');
  });

  test('a run in the middle, by the script', async ({ world }) => {
    const rosa = await startedRun(world, 'script');
    await alive(rosa);
    await expect(rosa.locator('[role=log] .log-line').nth(4)).toBeVisible({ timeout: 90_000 });
    await inspect(rosa, 'run-script');
  });
});
