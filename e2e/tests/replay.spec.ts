// Before a run: its rehearsal. After it: its record, event by event, here and from an exported file.
import type { Page } from '@playwright/test';
import { approve, askForRestart, ended, start } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test.setTimeout(300_000);

const FAILING = 'r-4-VM';

/** Which event the page is at, of how many. */
async function place(page: Page): Promise<{ at: number; of: number }> {
  const words = await page.getByText(/^Event \d+ of \d+, after/).innerText();
  const [at, of] = (words.match(/\d+/g) ?? []).map(Number);
  return { at, of };
}

/** What the page says of every step, and of the run. */
async function told(page: Page): Promise<string[]> {
  const run = await page.getByRole('region', { name: 'Where it stands' }).innerText();
  const steps = await page.locator('li.step').allInnerTexts();
  return [run, ...steps].map((text) => text.replace(/\s+/g, ' ').trim());
}

test('a plan is rehearsed with a failing step, and nothing outside is touched', async ({ world }) => {
  const rosa = await world.as('rosa');
  await askForRestart(rosa, 'native');
  const request = rosa.url();
  await expect(rosa.getByText('Nothing outside is touched.')).toBeVisible();
  const before = await world.lab.truth();

  await rosa.getByLabel('What goes wrong').selectOption({ label: 'the step fails' });
  await rosa.getByLabel('At which step').selectOption(`Reboot router ${FAILING}`);
  await rosa.getByRole('button', { name: 'Rehearse' }).click();
  await expect(rosa).toHaveURL(/\/rehearsals\//);
  await expect(rosa.getByRole('heading', { name: 'Rehearsal: Restart System VMs on' })).toBeVisible();
  await expect(rosa.getByText('Only a rehearsal')).toBeVisible();
  await expect(rosa.locator('li.step', { hasText: `Reboot router ${FAILING}` }).first()).toHaveClass(/is-failed/);
  await expect(rosa.getByRole('button', { name: 'Abort' })).toBeHidden();
  await inspect(rosa, 'rehearsal');

  await rosa.getByRole('link', { name: 'First', exact: true }).click();
  expect((await place(rosa)).at).toBe(1);
  await expect(rosa.getByText(/^0 of \d+ steps done/)).toBeVisible();

  // What somebody would have had to decide is told, and cannot be decided.
  await rosa.locator('tr', { hasText: 'Waits for a decision until' }).getByRole('link').click();
  await expect(rosa.getByRole('status').filter({ hasText: 'Needs a decision' })).toBeVisible();
  await expect(rosa.getByRole('heading', { name: 'To decide' })).toBeVisible();
  await expect(rosa.getByText('Ask to skip it')).toBeHidden();
  await inspect(rosa, 'rehearsal-held');

  const after = await world.lab.truth();
  expect(after.vms, 'the cloud is as it was').toEqual(before.vms);

  // Whoever approves it finds it beside the request.
  const abel = await world.as('abel');
  await abel.goto(request);
  await expect(abel.getByRole('link', { name: new RegExp(`Trouble: .*${FAILING}.* fails`) })).toBeVisible();
  await inspect(abel, 'request-with-rehearsals');
});

test('a run that is over is gone through event by event, here and from its exported file', async ({ world }) => {
  const rosa = await world.as('rosa');
  await askForRestart(rosa, 'native');
  const abel = await world.as('abel');
  await approve(abel, rosa.url());
  await start(rosa, rosa.url());
  await ended(rosa, 'Succeeded');
  const run = rosa.url();

  const coming = rosa.waitForEvent('download');
  await rosa.getByRole('link', { name: 'Export' }).click();
  const file = test.info().outputPath('run.jsonl');
  await (await coming).saveAs(file);

  await rosa.getByRole('link', { name: 'Replay', exact: true }).click();
  await expect(rosa.getByText('A record')).toBeVisible();
  const { at, of } = await place(rosa);
  expect(at, 'it begins with how the run is now').toBe(of);
  await inspect(rosa, 'run-replay');

  // Somebody who has only the file.
  const vera = await world.as('vera');
  await vera.goto('/history');
  await vera.getByRole('link', { name: 'Replay a file' }).click();
  await inspect(vera, 'replay-open');
  await vera.getByLabel('Exported run').setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('notes\n') });
  await vera.getByRole('button', { name: 'Open the file' }).click();
  await expect(vera.getByRole('alert').filter({ hasText: 'line 1 is no part of an exported run' })).toBeVisible();
  await inspect(vera, 'replay-refused');

  await vera.getByLabel('Exported run').setInputFiles(file);
  await vera.getByRole('button', { name: 'Open the file' }).click();
  await expect(vera.getByText('no event is missing')).toBeVisible();
  expect((await place(vera)).at).toBe(1);
  await vera.getByRole('link', { name: 'Next' }).click();
  expect((await place(vera)).at).toBe(2);
  await vera.getByRole('link', { name: 'Previous' }).click();
  expect((await place(vera)).at).toBe(1);

  // At each of these the file says what the run says.
  for (const number of [2, Math.floor(of / 3), Math.floor((2 * of) / 3), of]) {
    await vera.getByLabel('Event', { exact: true }).fill(String(number));
    await vera.getByRole('button', { name: 'Go' }).click();
    await expect(vera).toHaveURL(new RegExp(`until=${number}$`));
    await rosa.goto(`${run}/replay?until=${number}`);
    expect(await told(vera), `event ${number}`).toEqual(await told(rosa));
    if (number !== of && number > 2) await inspect(vera, `replay-at-${number}-of-${of}`.replace(/\d+-of-\d+/, number < of / 2 ? 'a-third' : 'two-thirds'));
  }
  await vera.getByRole('link', { name: 'The plan' }).click();
  await expect(vera.getByRole('heading', { name: 'What is done, in this order' })).toBeVisible();

  // It is nobody else's.
  await abel.goto(vera.url());
  await expect(abel.getByText('Not found')).toBeVisible();
});
