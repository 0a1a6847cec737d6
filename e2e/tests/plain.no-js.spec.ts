// Without JavaScript: log in, read, ask, approve, start, abort. Everything is a plain form.
import { approve, askForRestart, start } from '../fixtures/journey';
import { expect, test } from '../fixtures/story';

test.use({ pace: 'demo' });

test('a run can be asked for, approved, started, read and aborted without JavaScript', async ({ world }) => {
  const rosa = await world.as('rosa');
  await rosa.getByRole('button', { name: 'Look again' }).click();
  await expect(rosa.getByText('still run the old disk or version').first()).toBeVisible();
  await askForRestart(rosa, 'native');
  const request = rosa.url();

  const abel = await world.as('abel');
  await approve(abel, request);

  await start(rosa, request);
  await expect(rosa.getByText('steps proven')).toBeVisible();
  await expect(rosa.locator('noscript a')).toBeVisible();
  await rosa.getByText('Abort this run').click();
  await rosa.getByLabel('Why').fill('no browser at hand');
  await rosa.getByRole('button', { name: 'Abort the run' }).click();
  await expect(rosa.getByText('rosa ended this run')).toBeVisible();
});

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
