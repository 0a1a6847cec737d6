// What is handed to somebody who has no Drydock: the pack of a run, checked by a program that is not part of it.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { ended, startedRun } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

async function downloaded(page: Page, to: string): Promise<string> {
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Evidence pack' }).click();
  const path = join(to, (await download).suggestedFilename());
  await (await download).saveAs(path);
  return path;
}

test('the evidence of a run is taken from its page and verified without Drydock', async ({ world, browser }, { outputDir }) => {
  const rosa = await startedRun(world, 'native');
  await ended(rosa, 'Succeeded');
  const pack = await downloaded(rosa, outputDir);
  const { drydock } = world;
  const script = join(outputDir, 'verify.py');
  writeFileSync(script, drydock.run(['evidence', 'script']));
  const key = drydock.run(['audit', 'key']).trim();
  const verify = (file: string, more: string[] = ['--key', key]) => spawnSync('python3', [script, ...more, file], { encoding: 'utf8' });
  const good = verify(pack);
  expect(good.status, good.stdout + good.stderr).toBe(0);
  expect(verify(pack, []).status, 'without the key nobody can tell who has made it').toBe(3);

  // One byte of what was decided, changed where it lies in the archive.
  const damaged = join(outputDir, 'damaged.zip');
  const bytes = readFileSync(pack);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(damaged, bytes);
  expect(verify(damaged).status).toBe(1);

  // Its page opens from the disk, in a browser that reaches nothing.
  const folder = join(outputDir, 'unpacked');
  const unpacked = spawnSync('python3', ['-m', 'zipfile', '-e', pack, folder], { encoding: 'utf8' });
  expect(unpacked.status, unpacked.stderr).toBe(0);
  expect(verify(folder).status).toBe(0);
  const context = await browser.newContext({ offline: true });
  const reader = await context.newPage();
  await reader.goto(`file://${join(folder, 'index.html')}`);
  for (const words of ['Restart System VMs', 'rosa', 'abel', 'Succeeded', 'after the upgrade']) {
    await expect(reader.getByText(words).first()).toBeVisible();
  }
  await inspect(reader, 'evidence');
  await context.close();
});
