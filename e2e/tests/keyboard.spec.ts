// Without a mouse: from the login to a run that two people have agreed on, and to what it prints. No click anywhere.
import type { Browser } from '@playwright/test';
import { alive, ended } from '../fixtures/journey';
import { Keyboard } from '../fixtures/keyboard';
import { PEOPLE, type PersonName } from '../fixtures/drydock';
import { expect, test, type World } from '../fixtures/story';

test.setTimeout(240_000);

/** How often a request looks for news, and a little more. */
const REFRESHED = 20_000;

async function logIn(world: World, browser: Browser, name: PersonName): Promise<Keyboard> {
  const page = await browser.newPage({ baseURL: world.drydock.url });
  await page.goto('/');
  const keyboard = new Keyboard(page);
  await keyboard.type(page.getByLabel('Name'), name);
  await keyboard.type(page.getByLabel('Password'), PEOPLE[name].password);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Updates', level: 1 })).toBeVisible();
  await alive(page);
  return keyboard;
}

test('two people without a mouse bring a run about and read what it prints', async ({ world, browser }) => {
  const rosa = await logIn(world, browser, 'rosa');
  const { page } = rosa;
  await rosa.skip();
  await rosa.press(page.getByRole('button', { name: 'Look again' }), () => expect(page.getByText('still run the old disk or version').first()).toBeVisible());
  await rosa.skip();
  await rosa.press(page.getByRole('link', { name: 'Restart System VMs', exact: true }), () => expect(page).toHaveURL(/\/restart/));
  await rosa.skip();
  await rosa.to(page.getByLabel('Native'));
  await page.keyboard.press('ArrowDown');
  await expect(page.getByLabel("Vendor's script")).toBeChecked();
  await rosa.isSeen();
  await rosa.type(page.getByLabel('Why'), 'after the upgrade');
  await rosa.press(page.getByRole('button', { name: 'Prepare the plan' }), () => expect(page).toHaveURL(/\/requests\//));
  await expect(page.getByRole('heading', { name: 'Restart System VMs on' })).toBeVisible();
  // Somewhere in a page that keeps itself up to date, while it does so.
  await rosa.skip();
  await rosa.to(page.getByRole('link', { name: 'To print' }));

  const abel = await logIn(world, browser, 'abel');
  await abel.press(abel.page.getByRole('link', { name: 'Inbox' }), () => expect(abel.page).toHaveURL(/\/inbox/));
  await abel.skip();
  await abel.press(abel.page.getByRole('link', { name: 'Restart System VMs' }).first(), () => expect(abel.page).toHaveURL(/\/requests\//));
  await abel.skip();
  await abel.press(abel.page.getByRole('button', { name: 'Approve this plan' }), () => expect(abel.page.getByText('Approved, ready to start').first()).toBeVisible());

  await expect(page.getByText('Approved, ready to start').first()).toBeVisible({ timeout: REFRESHED });
  await expect(page.getByRole('link', { name: 'To print' })).toBeFocused();
  await rosa.isSeen();
  await rosa.press(page.getByRole('button', { name: 'Start the run' }), () => expect(page).toHaveURL(/\/runs\//));
  await alive(page);

  // What is printed comes into a log in which somebody reads; nobody is taken out of it, whatever changes around it.
  await rosa.skip();
  const log = page.getByRole('log');
  await rosa.to(log);
  await expect(log).toContainText('Stopping and starting 1 secondary storage vm(s)...', { timeout: 60_000 });
  await ended(page, 'Succeeded');
  await expect(log).toBeFocused();
  await rosa.isSeen();

  await page.reload();
  await rosa.skip();
  await rosa.press(page.getByRole('link', { name: 'Whole log' }), () => expect(page).toHaveURL(/\/log/));
  await rosa.skip();
  const whole = page.getByRole('region', { name: 'Output' });
  await rosa.to(whole);
  await expect(whole).toContainText('Done restarting router(s)');
});
