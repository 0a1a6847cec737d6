// Without JavaScript: log in, read, ask, approve, start, pause, resume, abort. Everything is a plain form.
import type { Page } from '@playwright/test';
import { approve, askForRestart, start, startedRun } from '../fixtures/journey';
import { expect, logIn, test } from '../fixtures/story';

test.use({ pace: 'demo' });

test('people log in, and a run is asked for, approved, started, read, paused and aborted, without JavaScript', async ({ world, browser }) => {
  const rosa = await browser.newPage({ baseURL: world.drydock.url, javaScriptEnabled: false });
  await logIn(rosa, 'rosa');
  await rosa.getByRole('button', { name: 'Look again' }).click();
  await expect(rosa.getByText('still run the old disk or version').first()).toBeVisible();
  await askForRestart(rosa, 'native');
  const request = rosa.url();

  const abel = await world.as('abel');
  await approve(abel, request);

  await start(rosa, request);
  await expect(rosa.getByText(/\d+ of \d+ steps done/)).toBeVisible();
  await expect(rosa.locator('noscript a')).toBeVisible();
  const run = rosa.url();
  await readRun(rosa, run);

  await rosa.goto(run);
  await rosa.getByText('Pause', { exact: true }).click();
  await rosa.getByRole('button', { name: 'Pause the run' }).click();
  await expect(rosa).toHaveURL(new RegExp(`^${run}`));
  await seen(rosa, 'Paused');
  await rosa.getByText('Abort this run').click();
  await rosa.getByLabel('Why').fill('no browser at hand');
  await rosa.getByRole('button', { name: 'Abort the run' }).click();
  await expect(rosa.getByText('rosa ended this run')).toBeVisible();
});

test('a failed step is settled by two people, and a run is paused and resumed, without JavaScript', async ({ world }) => {
  test.setTimeout(240_000);
  await world.lab.fault({ job_fails: { aim: { command: 'rebootRouter', times: 1 }, code: 530 } });
  const rosa = await startedRun(world, 'native');
  await seen(rosa, 'Needs a decision');
  await rosa.getByText('Ask to skip it …').click();
  await rosa.getByRole('textbox', { name: 'Your reason' }).fill('its network is empty tonight');
  await rosa.getByRole('button', { name: 'Ask to skip it', exact: true }).click();
  await expect(rosa.getByText('You ask to skip it')).toBeVisible();

  const abel = await world.as('abel');
  await abel.goto(rosa.url());
  await expect(abel.getByText('rosa asks to skip it')).toBeVisible();
  await abel.getByRole('button', { name: 'Agree to skip it' }).click();
  await expect(abel.getByText('Left out: rosa said so, abel agreed').first()).toBeVisible();

  await abel.getByText('Pause', { exact: true }).click();
  await abel.getByRole('button', { name: 'Pause the run' }).click();
  await seen(abel, 'Paused');
  await abel.getByRole('button', { name: 'Resume' }).click();
  await expect(abel.getByText('Paused')).toBeHidden();
});

/** Its steps, its log, its picture and its record: all of it stands in the page. */
async function readRun(page: Page, run: string): Promise<void> {
  await expect(page.locator('li.step').first()).toBeVisible();
  await page.getByRole('link', { name: 'Whole log' }).click();
  await expect(page.getByText('Nothing was printed here.')).toBeVisible();
  await page.goto(run);
  await page.getByRole('link', { name: 'Matrix and timeline' }).click();
  await expect(page.getByRole('heading', { name: 'How the time went by' })).toBeVisible();
  await page.goto(run);
  await page.getByRole('link', { name: 'The approved plan' }).click();
  await expect(page.getByRole('heading', { name: 'Restart System VMs on' })).toBeVisible();
}

/** Looks again and again until the page says so. */
async function seen(page: Page, words: string): Promise<void> {
  await expect(async () => {
    await page.reload();
    await expect(page.getByText(words, { exact: true }).first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 120_000 });
}

test('a refusal is shown on the page it came from', async ({ world }) => {
  const rosa = await world.as('rosa');
  await rosa.getByRole('link', { name: 'Restart System VMs', exact: true }).click();
  await rosa.getByLabel('Routers of a zone at once').fill('51');
  await rosa.getByRole('button', { name: 'Prepare the plan' }).click();
  await expect(rosa.getByRole('alert').filter({ hasText: 'Not done' })).toBeVisible();
});

test('a wrong password says so and lets one try again', async ({ world, page }) => {
  await page.goto(`${world.drydock.url}/login`);
  await page.getByLabel('Name').fill('rosa');
  await page.getByLabel('Password').fill('something else');
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page.getByText('The name or the password is wrong.')).toBeVisible();
});
