// Two people in two browsers: one asks for a plan, the other one asks back, is answered and agrees; the plan is made anew,
// which voids that; the other one agrees again, it runs, and its evidence is handed to somebody who has no Drydock.
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { approve, askForRestart, ended, start } from '../fixtures/journey';
import { inspect, inspectLong } from '../fixtures/shots';
import { expect, test, type World } from '../fixtures/story';

/** Somebody who is not Drydock restarts a router, as the platform's own page would: then the plan is another. */
async function somebodyRestartsARouter(world: World): Promise<string> {
  const { api_url, api_key, secret_key } = world.lab.details;
  const router = Object.values<any>((await world.lab.truth()).vms).find((vm) => vm.kind === 'router' && !vm.removed);
  const call = async (params: Record<string, string>): Promise<any> => {
    const all: Record<string, string> = { ...params, apikey: api_key, response: 'json' };
    const text = Object.keys(all).sort().map((name) => `${name}=${encodeURIComponent(all[name])}`).join('&');
    const signature = createHmac('sha1', secret_key).update(text.toLowerCase()).digest('base64');
    const answer = await fetch(`${api_url}?${text}&signature=${encodeURIComponent(signature)}`);
    const body = await answer.text();
    expect(answer.ok, body).toBe(true);
    return JSON.parse(body);
  };
  await call({ command: 'rebootRouter', id: router.id });
  const isRebuilt = async () => Object.values<any>((await world.lab.truth()).vms).some((vm) => vm.id === router.id && vm.rebuilt);
  await expect.poll(isRebuilt, { timeout: 30_000 }).toBe(true);
  return router.name;
}

/** Writes into the thread of the request. */
async function say(page: Page, opens: string | null, label: string, words: string, button: string): Promise<void> {
  if (opens) await page.getByText(opens, { exact: true }).click();
  await page.getByLabel(label, { exact: true }).fill(words);
  await page.getByRole('button', { name: button, exact: true }).click();
  await expect(page.locator('#comments').getByText(words)).toBeVisible();
}

test('a question is answered, a new plan voids what was agreed, and the evidence tells all of it', async ({ world, browser }, { outputDir }) => {
  test.setTimeout(300_000);
  const rosa = await world.as('rosa');
  await askForRestart(rosa, 'native');
  const request = rosa.url();
  await expect(rosa.locator('#blast-radius')).toContainText('What stops, and for whom');
  await expect(rosa.locator('#compared')).toContainText('no run of this procedure');

  const abel = await world.as('abel');
  await abel.goto(request);
  await say(abel, 'Ask a question', 'Your question', 'Does that cut the phones? @vera knows', 'Ask');
  await expect(abel.getByText('Abel asks rosa, vera')).toBeVisible();
  await inspectLong(abel, 'request-question');

  await rosa.goto('/inbox');
  await expect(rosa.getByText('You can answer a question about it')).toBeVisible();
  const vera = await world.as('vera');
  await vera.goto('/inbox');
  await expect(vera.getByText('You are named')).toBeVisible();
  await inspect(vera, 'inbox-named');
  await vera.getByRole('button', { name: 'I have read it' }).click();
  await expect(vera.getByText('You are named')).toBeHidden();

  await rosa.goto(request);
  await say(rosa, 'Answer', 'Your answer', 'No: their network has no router here.', 'Send the answer');
  await expect(rosa.getByText('Open question')).toBeHidden();
  await approve(abel, request);

  const router = await somebodyRestartsARouter(world);
  await rosa.goto(request);
  await rosa.getByText('Make the plan anew').click();
  await rosa.getByRole('button', { name: 'Look again and plan anew' }).click();
  await expect(rosa.getByText('abel approved, but the plan was made anew since.')).toBeVisible({ timeout: 30_000 });
  await expect(rosa.getByText('Still needed: 1 more of the approvers')).toBeVisible();
  await expect(rosa.getByRole('button', { name: 'Start the run' })).toBeDisabled();
  await approve(abel, request);

  await rosa.goto(request);
  await expect(rosa.locator('#decision').getByText('Signed', { exact: true })).toHaveCount(1);
  await start(rosa, request);
  await ended(rosa, 'Succeeded');
  await rosa.reload();
  await expect(rosa.getByText('What was said about it')).toBeVisible();
  const truth = await world.lab.truth();
  const reboots = Object.values<any>(truth.vms).filter((vm) => vm.name === router).map((vm) => vm.reboots.length);
  expect(reboots, `${router} was restarted again although the new plan leaves it out`).toEqual([1]);

  const download = rosa.waitForEvent('download');
  await rosa.getByRole('link', { name: 'Evidence pack' }).click();
  const pack = join(outputDir, 'pack.zip');
  await (await download).saveAs(pack);
  const script = join(outputDir, 'verify.py');
  writeFileSync(script, world.drydock.run(['evidence', 'script']));
  const key = world.drydock.run(['audit', 'key']).trim();
  const verified = spawnSync('python3', [script, '--key', key, pack], { encoding: 'utf8' });
  expect(verified.status, verified.stdout + verified.stderr).toBe(0);
  const folder = join(outputDir, 'unpacked');
  expect(spawnSync('python3', ['-m', 'zipfile', '-e', pack, folder]).status).toBe(0);
  const context = await browser.newContext({ offline: true });
  const reader = await context.newPage();
  await reader.goto(`file://${join(folder, 'index.html')}`);
  for (const words of ['Does that cut the phones? @vera knows', 'No: their network has no router here.', 'another plan or other policies']) {
    await expect(reader.getByText(words).first()).toBeVisible();
  }
  await context.close();
});
