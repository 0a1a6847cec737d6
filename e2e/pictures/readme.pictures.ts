// Updates, a plan, a run in the middle of its work, and History, light and dark: as people have them on their screens who look after
// four environments of three platforms.
import { mkdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { Drydock } from '../fixtures/drydock';
import { alive, approve, ended, start, type Mode } from '../fixtures/journey';
import { Lab } from '../fixtures/lab';
import { expect, test, windows } from '../fixtures/story';

const folder = process.env.DRYDOCK_PICTURES_FOLDER ?? fileURLToPath(new URL('../../docs/pictures/', import.meta.url));

const SIZE = { width: 1280, height: 800 };
/** They are loaded by whoever opens the README. */
const LARGEST = 200_000;

/** Where work is at its usual pace, and where it was done before; the other platforms. */
const NAMES = { busy: 'Frankfurt', done: 'Rotterdam', cluster: 'Ghent', managers: 'Lyon' };

async function keep(page: Page, name: string): Promise<void> {
  await page.setViewportSize(SIZE);
  for (const theme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' });
    // No ring around what was pressed last, and from the beginning.
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.evaluate(() => window.scrollTo(0, 0));
    const path = `${folder}/${name}-${theme}.png`;
    await page.screenshot({ path });
    expect.soft(statSync(path).size, `${path} is too large for a README`).toBeLessThanOrEqual(LARGEST);
  }
}

/** From an environment's page to a request. */
async function ask(page: Page, environment: string, mode: Mode, which: 'needed' | 'all', why: string): Promise<string> {
  await page.goto(`${environment}/restart`);
  await page.getByLabel(mode === 'native' ? 'Native' : "Vendor's script").check();
  if (which === 'all') await page.getByLabel('Also those that are up to date').check();
  await page.getByLabel('Why').fill(why);
  await page.getByRole('button', { name: 'Prepare the plan' }).click();
  await expect(page).toHaveURL(/\/requests\//);
  return page.url();
}

test('the pictures of the README', async ({ browser }) => {
  test.skip(process.getuid?.() !== 0, 'a cluster is simulated as root only');
  mkdirSync(folder, { recursive: true });
  const busy = await Lab.cloud('demo');
  const done = await Lab.cloud('fast');
  const cluster = await Lab.cluster({ generation: 'c', init: 'systemd' }, 'fast');
  const managers = await Lab.managers({ old: '4.2', new: '5.0.5' }, 'new', 'fast');
  const drydock = await Drydock.make();
  // Every picture says what it is of.
  drydock.settings = { DRYDOCK_DEMO: 'yes' };
  try {
    drydock.addCloud(busy.details, 1800, NAMES.busy);
    drydock.addCloud(done.details, 0, NAMES.done);
    drydock.addCluster(cluster.details, NAMES.cluster);
    drydock.addManagers(managers.details, NAMES.managers);
    await drydock.start();
    const as = windows(browser, true)(drydock);
    const [rosa, abel] = [await as('rosa', { viewport: SIZE }), await as('abel')];
    const card = (name: string) => rosa.getByRole('article', { name });
    for (const name of Object.values(NAMES)) {
      await card(name).getByRole('button', { name: 'Look again' }).click();
      await expect(card(name).getByText(/, seen/)).toBeVisible({ timeout: 60_000 });
    }
    const place = async (name: string) => (await card(name).getByRole('link', { name, exact: true }).getAttribute('href')) ?? '';
    const [here, there] = [await place(NAMES.busy), await place(NAMES.done)];

    // What was: one that failed, and restarts by both ways.
    const ways: [Mode, 'needed' | 'all', 'Succeeded' | 'Failed'][] = [
      ['native', 'needed', 'Failed'],
      ['native', 'needed', 'Succeeded'],
      ['script', 'all', 'Succeeded'],
      ['native', 'all', 'Succeeded'],
      ['native', 'all', 'Succeeded'],
      ['native', 'all', 'Succeeded'],
    ];
    for (const [mode, which, how] of ways) {
      if (how === 'Failed') await done.fault({ job_fails: { aim: { command: 'rebootRouter', times: 1 }, code: 530 } });
      const request = await ask(rosa, there, mode, which, 'after the upgrade');
      await approve(abel, request);
      await start(rosa, request);
      await ended(rosa, how);
      await done.mend();
    }

    // What is now.
    const request = await ask(rosa, here, 'native', 'needed', 'after the upgrade to 4.20, CHG-4711');
    await expect(rosa.getByRole('heading', { name: 'Restart System VMs on' })).toBeVisible();
    await alive(rosa);
    await keep(rosa, 'plan');
    await approve(abel, request);
    await start(rosa, request);
    await alive(rosa);
    await expect(rosa.getByText('Proof:').nth(3)).toBeVisible({ timeout: 180_000 });
    await keep(rosa, 'run');
    for (const [name, path] of [['updates', '/'], ['history', '/history']] as const) {
      await abel.goto(path);
      await alive(abel);
      await keep(abel, name);
    }
  } finally {
    await drydock.stop();
    for (const lab of [busy, done, cluster, managers]) await lab.stop();
  }
});
