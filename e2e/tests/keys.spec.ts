// The keyboard: the palette, single keys and their list; and what a page does for who leaves it, loses the server, or copies something.
import { alive, askForRestart } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test('the palette and single keys lead everywhere, and nothing that was typed is lost by accident', async ({ world }) => {
  const rosa = await world.as('rosa');
  await alive(rosa);
  const palette = rosa.getByRole('dialog', { name: 'Go to' });
  const field = palette.getByRole('combobox', { name: 'Where to' });
  const chosen = palette.locator('[role=option][aria-selected=true]');

  // By a button, and from the middle of a page by keys; Escape gives the focus back.
  await rosa.getByRole('link', { name: 'Search' }).click();
  await expect(field).toBeFocused();
  await expect(palette.getByRole('option', { name: /^Updates/ })).toBeVisible();
  await expect(palette.getByRole('option', { name: /^People/ }), 'she may not open it').toBeHidden();
  await rosa.keyboard.press('Escape');
  await expect(palette).toBeHidden();
  await expect(rosa.getByRole('link', { name: 'Search' })).toBeFocused();
  await rosa.keyboard.press('Control+k');
  await field.pressSequentially('frank rest');
  await expect(chosen).toHaveText(/^Restart System VMs on Frankfurt/);
  await expect(field).toHaveAttribute('aria-activedescendant', await chosen.getAttribute('id') ?? 'none');
  await rosa.keyboard.press('ArrowDown');
  await expect(chosen).toHaveText(/^All runs with “frank rest”/);
  await rosa.keyboard.press('ArrowUp');
  await inspect(rosa, 'palette');
  await rosa.keyboard.press('Enter');
  await expect(rosa).toHaveURL(/\/restart$/);
  await alive(rosa);

  // What was typed is asked for before it is lost; keys that are typed are only letters.
  const why = rosa.getByLabel('Why');
  await why.fill('g');
  await why.pressSequentially('i?/r');
  await expect(why).toHaveValue('gi?/r');
  const asked: string[] = [];
  rosa.once('dialog', async (dialog) => {
    asked.push(dialog.type());
    await dialog.dismiss();
  });
  await rosa.getByRole('link', { name: 'Inbox' }).click();
  await expect.poll(() => asked).toEqual(['beforeunload']);
  await expect(rosa).toHaveURL(/\/restart$/);
  await expect(why).toHaveValue('gi?/r');
  await why.fill('');

  // Nothing is left to lose, so nobody is asked. Keys lead on from wherever the focus is outside of a field.
  await why.blur();
  await rosa.keyboard.press('g');
  await rosa.keyboard.press('i');
  await expect(rosa).toHaveURL(/\/inbox$/);
  await alive(rosa);
  await rosa.keyboard.press('?');
  const list = rosa.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(list.getByText('Single keys count, except while you type.')).toBeVisible();
  await inspect(rosa, 'keys');
  await rosa.keyboard.press('g');
  await rosa.keyboard.press('h');
  await expect(list, 'in a dialog keys lead nowhere').toBeVisible();
  await list.getByRole('button', { name: 'Let single keys do nothing' }).click();
  await expect(list).toBeHidden();
  await alive(rosa);
  await rosa.keyboard.press('?');
  await rosa.keyboard.press('/');
  await expect(list).toBeHidden();
  await expect(palette).toBeHidden();
  await rosa.keyboard.press('Control+k');
  await expect(field).toBeFocused();
});

test('a page that loses the server says of when it is, and is fresh again when the server is back', async ({ world }) => {
  const rosa = await world.as('rosa');
  await alive(rosa);
  const banner = rosa.getByRole('status').filter({ hasText: 'Drydock cannot be reached' });
  await rosa.context().setOffline(true);
  await expect(banner).toContainText(/What is shown is as of \d\d:\d\d and may no longer be so/);
  await inspect(rosa, 'updates-without-the-server');
  // Somebody else looks meanwhile.
  const abel = await world.as('abel');
  await abel.getByRole('button', { name: 'Look again' }).click();
  await expect(abel.getByText('still run the old disk or version').first()).toBeVisible();
  await expect(rosa.getByText('Nobody has looked yet')).toBeVisible();
  await rosa.context().setOffline(false);
  await expect(banner).toBeHidden();
  await expect(rosa.getByText('still run the old disk or version').first()).toBeVisible({ timeout: 5_000 });

  // Also where there is a network and the server does not answer.
  await world.drydock.kill();
  await expect(banner).toBeVisible({ timeout: 30_000 });
  await world.drydock.start();
  await expect(banner).toBeHidden({ timeout: 15_000 });
});

test('a command is copied with one click, and selected where the browser does not copy', async ({ world }) => {
  const rosa = await world.as('rosa');
  await rosa.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await askForRestart(rosa, 'native');
  await alive(rosa);
  await rosa.getByText('Command and proof').first().click();
  const command = rosa.locator('.copyable:visible').filter({ has: rosa.locator('.command') }).first();
  await command.getByRole('button', { name: 'Copy the command' }).click();
  await expect(command.getByRole('button', { name: 'Copied the command' })).toBeVisible();
  await expect(rosa.getByRole('status').filter({ hasText: 'Copied' })).toBeAttached();
  const words = (await command.locator('.command').innerText()).trim();
  expect((await rosa.evaluate(() => navigator.clipboard.readText())).trim()).toBe(words);
  await expect(command.getByRole('button', { name: 'Copy the command' })).toBeVisible();

  // As over plain HTTP.
  await rosa.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  await command.getByRole('button', { name: 'Copy the command' }).click();
  await expect(command.getByRole('button', { name: 'Selected: press Ctrl C' })).toBeVisible();
  expect(await rosa.evaluate(() => getSelection()?.toString().trim())).toBe(words);
});
