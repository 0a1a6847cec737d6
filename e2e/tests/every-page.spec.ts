// Every page there is, with nothing to show and with something: nothing that WCAG 2.2 AA forbids, at any size, in both colours.
// What a page looks like while something happens on it is in the stories that make it happen: look, verbs, glass and others.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { alive, approve, askForRestart, ended, start } from '../fixtures/journey';
import { inspect, withoutColours } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test.setTimeout(300_000);
test.describe.configure({ mode: 'parallel' });

const WITHOUT_A_RUN = [
  '/', '/login', '/setup', '/environments/new', '/environments/import', '/environments/:id', '/environments/:id/settings',
  '/environments/:id/connection', '/environments/:id/restart', '/environments/:id/migrate', '/environments/:id/snapshots',
  '/environments/:id/snapshots/new', '/environments/:id/snapshots/upload', '/environments/:id/update/:what', '/inbox', '/history',
  '/replay', '/policies', '/policies/edit', '/policies/preview', '/people', '/notifications', '/notifications/new',
  '/notifications/change', '/account', '/account/proof', '/account/tokens', '/account/second-factor', '/audit', '/go', '/keys', '/design',
];
const WITH_A_RUN = [
  '/requests/:id', '/requests/:id/plan', '/runs/:id', '/runs/:id/log', '/runs/:id/picture', '/runs/:id/replay', '/rehearsals/:id',
  '/replay/:id', '/replay/:id/plan', '/history/compare', '/', '/inbox', '/history', '/audit', '/environments/:id', '/environments/:id/restart',
];

/** Pages as they are looked at, so that the list above is what was done and not what was meant. */
class Tour {
  private readonly seen = new Set<string>();

  /** Goes to an address, or stays where the page is, and looks at it. */
  async look(page: Page, route: string, name: string, address?: string): Promise<void> {
    if (address) await page.goto(address);
    await expect(page, `${name} is this page`).toHaveURL(fits(route));
    await expect(page.getByRole('heading', { level: 1 })).toHaveCount(1);
    await inspect(page, name);
    this.seen.add(route);
  }

  /** Nothing was left out. */
  over(routes: string[]): void {
    expect([...this.seen].sort()).toEqual([...routes].sort());
  }
}

const fits = (route: string) => new RegExp(`^https?://[^/]+${route.replace(/:\w+/g, '[^/?#]+')}([?#].*)?$`);

test('every page of the product is looked at here', () => {
  const source = readFileSync(new URL('../../app/src/routes.rs', import.meta.url), 'utf8');
  const routes = [...source.matchAll(/path!\("([^"]*)"\)/g)].map((found) => found[1]);
  expect(routes.length, 'the routes are read from the sources').toBeGreaterThan(30);
  expect([...new Set([...WITHOUT_A_RUN, ...WITH_A_RUN])].sort()).toEqual([...routes].sort());
});

test('every page before anything was done, with environments that nobody answers for', async ({ world, page }) => {
  const tour = new Tour();
  world.drydock.addSilent('Ghent', 'Lyon');
  await tour.look(page, '/login', 'login', `${world.drydock.url}/login?error=wrong`);
  await tour.look(page, '/setup', 'setup', `${world.drydock.url}/setup?token=old&error=This+token+is+not+the+one`);

  const ada = await world.as('ada');
  await inspect(ada, 'updates-before-the-first-look');
  const card = (name: string) => ada.getByRole('article', { name });
  const place = async (name: string) => (await card(name).getByRole('link', { name, exact: true }).getAttribute('href')) ?? '';
  const [cloud, cluster, managers] = [await place('Frankfurt'), await place('Ghent'), await place('Lyon')];
  // What was seen, and what could not be.
  await card('Ghent').getByRole('button', { name: 'Look again' }).click();
  await expect(card('Ghent').getByText('could not be looked at').first()).toBeVisible({ timeout: 60_000 });
  await card('Frankfurt').getByRole('button', { name: 'Look again' }).click();
  await expect(card('Frankfurt').getByText('still run the old disk or version').first()).toBeVisible();
  await tour.look(ada, '/', 'updates');
  await tour.look(ada, '/environments/:id', 'environment', cloud);
  await inspectAt(ada, 'environment-unknown', cluster);
  await tour.look(ada, '/environments/:id/settings', 'settings', `${cloud}/settings`);
  await tour.look(ada, '/environments/:id/connection', 'connection', `${cloud}/connection`);
  await inspectAt(ada, 'connection-refused', `${cluster}/connection`);
  await tour.look(ada, '/environments/:id/restart', 'restart', `${cloud}/restart`);
  await tour.look(ada, '/environments/:id/update/:what', 'update-unknown', `${cluster}/update/framework`);
  await tour.look(ada, '/environments/:id/migrate', 'migrate-unknown', `${managers}/migrate`);
  await tour.look(ada, '/environments/:id/snapshots', 'snapshots-unknown', `${managers}/snapshots`);
  await tour.look(ada, '/environments/:id/snapshots/new', 'snapshot-new', `${managers}/snapshots/new`);
  await tour.look(ada, '/environments/:id/snapshots/upload', 'snapshot-upload-empty', `${managers}/snapshots/upload`);
  await tour.look(ada, '/environments/new', 'environment-new', '/environments/new');
  await tour.look(ada, '/environments/import', 'environments-import', '/environments/import');
  for (const route of WITHOUT_A_RUN.slice(WITHOUT_A_RUN.indexOf('/inbox'))) {
    const name = route.slice(1).replaceAll('/', '-');
    // What is to be previewed, or found, stands in the address.
    const asked: Record<string, string> = { '/policies/preview': '?name=Nights&needs=2+of+the+approvers', '/go': '?q=frank' };
    const address = `${route}${asked[route] ?? ''}`;
    await tour.look(ada, route, ['inbox', 'history'].includes(name) ? `${name}-empty` : name, address);
  }
  // The last of them shows every part in every state.
  await withoutColours(ada, 'design');
  tour.over(WITHOUT_A_RUN);

  await inspectAt(ada, 'not-found', '/nowhere');
  await inspectAt(ada, 'run-not-found', '/runs/01990000-0000-7000-8000-000000000000');
  const vera = await world.as('vera');
  await inspectAt(vera, 'not-for-you', '/people');
});

test('every page around a request, and around a run that is over', async ({ world }, { outputDir }) => {
  const tour = new Tour();
  const rosa = await world.as('rosa');
  await rosa.getByRole('button', { name: 'Look again' }).click();
  await expect(rosa.getByText('still run the old disk or version').first()).toBeVisible();
  await rosa.getByRole('link', { name: 'Restart System VMs', exact: true }).click();
  await tour.look(rosa, '/environments/:id/restart', 'restart-after-a-look');
  await askForRestart(rosa, 'native');
  await inspect(rosa, 'request-own');
  const native = rosa.url();
  await rosa.getByRole('link', { name: 'To print' }).click();
  await tour.look(rosa, '/requests/:id/plan', 'plan-document');
  await rosa.emulateMedia({ media: 'print' });
  await expect(rosa.getByRole('navigation', { name: 'Main' })).toBeHidden();
  await expect(rosa.locator('.step .command').first()).toBeVisible();
  await rosa.emulateMedia({ media: null });
  await rosa.goto(native);
  await rosa.getByRole('button', { name: 'Rehearse' }).click();
  await tour.look(rosa, '/rehearsals/:id', 'rehearsal-plain');

  await askForRestart(rosa, 'script');
  await rosa.getByText('Command and proof').nth(5).click();
  await inspect(rosa, 'request-script');
  const abel = await world.as('abel');
  await tour.look(abel, '/inbox', 'inbox', '/inbox');
  await tour.look(abel, '/requests/:id', 'request-to-decide', rosa.url());
  await approve(abel, rosa.url());
  await inspect(abel, 'request-approved');
  await start(abel, rosa.url());
  await ended(abel, 'Succeeded');
  await alive(abel);
  await tour.look(abel, '/runs/:id', 'run-done');
  const run = new URL(abel.url()).pathname;
  await tour.look(abel, '/runs/:id/log', 'run-log', `${run}/log`);
  await tour.look(abel, '/runs/:id/picture', 'run-picture', `${run}/picture`);
  await expect(abel.getByRole('heading', { name: 'How the time went by' })).toBeVisible();
  await tour.look(abel, '/runs/:id/replay', 'run-replay-end', `${run}/replay`);

  await abel.goto(run);
  const coming = abel.waitForEvent('download');
  await abel.getByRole('link', { name: 'Export' }).click();
  const file = `${outputDir}/run.jsonl`;
  await (await coming).saveAs(file);
  await abel.goto('/replay');
  await abel.getByLabel('Exported run').setInputFiles(file);
  await abel.getByRole('button', { name: 'Open the file' }).click();
  await tour.look(abel, '/replay/:id', 'replay-file');
  await abel.getByRole('link', { name: 'The plan' }).click();
  await tour.look(abel, '/replay/:id/plan', 'replay-plan');
  const id = run.split('/').at(-1);
  await tour.look(abel, '/history/compare', 'compare', `/history/compare?a=${id}&b=${id}`);
  await tour.look(abel, '/history', 'history', '/history');
  await tour.look(abel, '/', 'updates-after-a-run', '/');
  await abel.getByRole('link', { name: 'Frankfurt' }).click();
  await tour.look(abel, '/environments/:id', 'environment-after-a-run');
  const ada = await world.as('ada');
  await tour.look(ada, '/audit', 'audit-after-a-run', '/audit');
  tour.over(WITH_A_RUN);
});

async function inspectAt(page: Page, name: string, address: string): Promise<void> {
  await page.goto(address);
  await inspect(page, name);
}
