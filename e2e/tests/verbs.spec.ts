// What people do to a run under way: decide after a failure, two of them where it must be two; pause, resume, give more time.
import type { Page } from '@playwright/test';
import { alive, ended, startedRun, state } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test, type World } from '../fixtures/story';

test.setTimeout(240_000);

const FAILING = 'r-4-VM';

/** A run in which the restart of one router fails, once. */
async function heldRun(world: World): Promise<Page> {
  await world.lab.fault({ job_fails: { aim: { command: 'rebootRouter', vm: FAILING, times: 1 }, code: 530 } });
  const page = await startedRun(world, 'native');
  await alive(page);
  await state(page, 'Needs a decision', 90_000);
  return page;
}

/** Another person looks at the same run. */
async function watching(world: World, name: 'abel' | 'vera', url: string): Promise<Page> {
  const page = await world.as(name);
  await page.goto(url);
  await alive(page);
  return page;
}

async function ask(page: Page, what: string, reason: string): Promise<void> {
  await page.getByText(`Ask to ${what} …`).click();
  await page.getByRole('textbox', { name: 'Your reason' }).fill(reason);
  await page.getByRole('button', { name: `Ask to ${what}`, exact: true }).click();
}

test('after a failure one person asks to skip, a second one agrees, and the run ends as done in part', async ({ world }) => {
  const rosa = await heldRun(world);
  await expect(rosa.getByRole('alert').filter({ hasText: `Reboot router ${FAILING} failed. Decide until` })).toBeVisible();
  await expect(rosa.getByRole('heading', { name: `Reboot router ${FAILING}` })).toBeVisible();
  await expect(rosa.getByRole('button', { name: 'Try again' }), 'it must not start twice on one word').toBeHidden();
  await inspect(rosa, 'run-held');

  const until = async () => Number(await rosa.locator('time[data-clock]').first().getAttribute('data-clock'));
  const before = await until();
  await rosa.getByText('More time to decide').click();
  await rosa.getByRole('button', { name: '30 min more' }).click();
  await expect.poll(until).toBe(before + 30 * 60_000);

  // Both see what the other does without a reload.
  const abel = await watching(world, 'abel', rosa.url());
  await ask(rosa, 'skip it', 'its network is empty tonight');
  await expect(rosa.getByText('You ask to skip it')).toBeVisible();
  await expect(rosa.getByRole('button', { name: 'Agree' })).toBeHidden();
  await expect(abel.getByText('rosa asks to skip it')).toBeVisible();
  await expect(abel.getByText('its network is empty tonight')).toBeVisible();
  await inspect(abel, 'run-asked');
  await inspect(rosa, 'run-asked-by-me');

  const vera = await watching(world, 'vera', rosa.url());
  await expect(vera.getByText('Somebody else has to answer')).toBeVisible();
  await expect(vera.getByRole('button', { name: 'Agree' })).toBeHidden();

  await abel.getByRole('button', { name: 'Agree to skip it' }).click();
  await ended(abel, 'Done in part');
  await ended(rosa, 'Done in part');
  await expect(rosa.getByText('Not every step has its proof')).toBeVisible();
  await expect(rosa.getByRole('status').filter({ hasText: 'Done in part' }).locator('.badge')).not.toHaveClass(/is-ok/);
  await expect(rosa.locator('li.step', { hasText: FAILING })).toContainText('Left out: rosa said so, abel agreed');
  await expect(rosa.locator('li.step', { hasText: FAILING })).not.toHaveClass(/is-ok/);
  await inspect(rosa, 'run-done-in-part');

  const truth = await world.lab.truth();
  expect(truth.violations).toEqual([]);
  const vms = Object.values<any>(truth.vms);
  expect(vms.find((vm) => vm.name === FAILING).rebuilt, 'what was skipped was left alone').toBe(false);
  const others = vms.filter((vm) => vm.kind !== 'internal_lb' && vm.name !== FAILING && !vm.removed);
  expect(others.filter((vm) => !vm.rebuilt).map((vm) => vm.name), 'the run went on with the others').toEqual([]);
});

test('what was asked for is refused, then two people have it started again, and everything is proven', async ({ world }) => {
  const rosa = await heldRun(world);
  const abel = await watching(world, 'abel', rosa.url());
  await ask(rosa, 'mark it as done', 'I think it is');
  await abel.getByText('Refuse …').click();
  await abel.getByRole('button', { name: 'Refuse it' }).click();
  await expect(rosa.getByText('You ask to mark it as done')).toBeHidden();

  await ask(rosa, 'start it again', 'the host was full and has room now');
  await abel.getByRole('button', { name: 'Agree to start it again' }).click();
  await ended(rosa, 'Succeeded');
  await expect(rosa.locator('li.step', { hasText: FAILING })).toContainText('try 2');
});

test('a held run is ended by a person who says why', async ({ world }) => {
  const rosa = await heldRun(world);
  await rosa.getByText('Abort this run').click();
  await rosa.getByLabel('Why').fill('not tonight');
  await rosa.getByRole('button', { name: 'Abort the run' }).click();
  await ended(rosa, 'Aborted');
  await expect(rosa.getByText('rosa ended this run')).toBeVisible();
  await expect(rosa.getByText(`${FAILING} may be down`)).toBeVisible();
  await inspect(rosa, 'run-aborted');
});

test.describe('a cloud at work', () => {
  test.use({ pace: 'demo' });

  test('a run is paused and resumed, gets more time, and ends with every proof', async ({ world }) => {
    const rosa = await startedRun(world, 'native');
    await alive(rosa);
    await expect(rosa.getByText('Waits:').first()).toBeVisible({ timeout: 60_000 });
    const running = rosa.locator('li.step.is-running').first();
    await running.getByText('Give it more time').click();
    await running.getByRole('button', { name: '10 min more' }).click();
    await expect(rosa.getByText('It was given 10 min more.')).toBeVisible();

    const vera = await watching(world, 'vera', rosa.url());
    await expect(vera.getByText('You can only look')).toBeVisible();
    await expect(vera.getByText('Pause', { exact: true })).toBeHidden();

    await rosa.getByText('Pause', { exact: true }).click();
    await expect(rosa.getByText('Takes effect after the step under way')).toBeVisible();
    await inspect(rosa, 'run-about-to-pause');
    await rosa.getByLabel('Remark (optional)').fill('a call came in');
    await rosa.getByRole('button', { name: 'Pause the run' }).click();
    await state(rosa, 'Paused');
    await expect(rosa.getByText('a call came in').first()).toBeVisible();
    await state(vera, 'Paused');
    await inspect(rosa, 'run-paused');

    // What happens meanwhile is seen at the gate.
    await world.lab.fault('foreign_job');
    await rosa.getByRole('button', { name: 'Resume' }).click();
    await expect(rosa.getByText('Somebody else is at work.')).toBeVisible({ timeout: 60_000 });
    await inspect(rosa, 'run-at-a-closed-gate');
    await world.lab.mend();
    await ended(rosa, 'Succeeded');
    await state(vera, 'Succeeded');
  });
});
