// Every page in both colours, on a phone and on a screen: pictures to look at, and nothing that WCAG 2.2 AA forbids.
import { alive, approve, askForRestart, ended, start, startedRun } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test.setTimeout(300_000);

// Each story has a cloud of its own, and this file is the longest of all.
test.describe.configure({ mode: 'parallel' });

test.describe('a cloud that waits', () => {
  test('pages of who looks after it', async ({ world, page }) => {
    await page.goto(`${world.drydock.url}/login?error=wrong`);
    await inspect(page, 'login');

    const ada = await world.as('ada');
    await inspect(ada, 'updates-before-the-first-look');
    await ada.getByRole('button', { name: 'Look again' }).click();
    await expect(ada.getByText('still run the old disk or version').first()).toBeVisible();
    await inspect(ada, 'updates');
    await ada.getByRole('link', { name: 'Frankfurt' }).click();
    await expect(ada.getByText('s-1-VM').first()).toBeVisible();
    await inspect(ada, 'environment');
    await ada.getByRole('link', { name: 'Settings' }).click();
    await alive(ada);
    await inspect(ada, 'settings');
    await ada.getByRole('link', { name: 'Test connection' }).click();
    await inspect(ada, 'connection');
    await ada.goto('/environments/new');
    await alive(ada);
    await inspect(ada, 'environment-new');
    await ada.goto('/people');
    await inspect(ada, 'people');
    await ada.goto('/audit');
    await inspect(ada, 'audit');
    await ada.goto('/design');
    await inspect(ada, 'design');
    await ada.goto('/nowhere');
    await inspect(ada, 'not-found');
  });

  test('pages around a request', async ({ world }) => {
    const rosa = await world.as('rosa');
    await rosa.getByRole('button', { name: 'Look again' }).click();
    await expect(rosa.getByText('still run the old disk or version').first()).toBeVisible();
    await rosa.getByRole('link', { name: 'Restart System VMs', exact: true }).click();
    await inspect(rosa, 'restart');
    await askForRestart(rosa, 'script');
    await rosa.getByText('Command and proof').nth(5).click();
    await inspect(rosa, 'request-script');
    await askForRestart(rosa, 'native');
    await inspect(rosa, 'request-own');
    const request = rosa.url();
    await rosa.getByRole('link', { name: 'To print' }).click();
    await inspect(rosa, 'plan-document');
    await rosa.emulateMedia({ media: 'print' });
    await expect(rosa.getByRole('navigation', { name: 'Main' })).toBeHidden();
    await expect(rosa.locator('.step .command').first()).toBeVisible();
    await rosa.emulateMedia({ media: null });
    await rosa.goto(request);
    const abel = await world.as('abel');
    await abel.goto('/inbox');
    await inspect(abel, 'inbox');
    await abel.goto(rosa.url());
    await inspect(abel, 'request-to-decide');
    await approve(abel, rosa.url());
    await inspect(abel, 'request-approved');
    await start(abel, rosa.url());
    await ended(abel, 'Succeeded');
    await inspect(abel, 'run-native-done');
    await abel.getByRole('link', { name: 'Matrix and timeline' }).click();
    await expect(abel.getByRole('heading', { name: 'How the time went by' })).toBeVisible();
    await inspect(abel, 'run-picture');
    await abel.goto('/history');
    await inspect(abel, 'history');
  });
});

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

  test('a run in the middle, by signed requests', async ({ world }) => {
    const rosa = await startedRun(world, 'native');
    await alive(rosa);
    await expect(rosa.getByText('Proof:').first()).toBeVisible({ timeout: 60_000 });
    await inspect(rosa, 'run-native');
    const ada = await world.as('ada');
    await inspect(ada, 'updates-with-a-run');
  });

  test('a run in the middle, by the script', async ({ world }) => {
    const rosa = await startedRun(world, 'script');
    await alive(rosa);
    await expect(rosa.locator('[role=log] .log-line').nth(4)).toBeVisible({ timeout: 90_000 });
    await inspect(rosa, 'run-script');
  });
});
