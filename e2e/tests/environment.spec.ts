// An admin adds an environment through the form: mistakes are told at their field, host keys are compared, then it works.
import { readFileSync } from 'node:fs';
import { alive } from '../fixtures/journey';
import { expect, test } from '../fixtures/story';

test.use({ furnished: false });

test('a form with a mistake says which field and why, and the right one leads to an accepted key', async ({ world }) => {
  const lab = world.lab.details;
  const host = lab.management[0];
  const page = await world.as('ada');
  const firstUse = page.getByRole('region', { name: 'First use' });
  const step = firstUse.locator('[aria-current="step"]');
  await expect(page.getByText('No environment yet. An admin adds one')).toBeVisible();
  await expect(step).toContainText('2 Add an environment');
  await page.getByRole('region', { name: 'Apache CloudStack' }).getByRole('link', { name: 'Add environment' }).click();
  await alive(page);

  const field = (name: string) => page.locator(`[name="${name}"]`);
  const typed = async (name: string, secret: string) => {
    await field(`${name}[place]`).selectOption('sealed');
    await field(`${name}[typed]`).fill(secret);
  };
  await field('form[name]').fill('Frankfurt');
  await field('form[endpoint]').fill('not an address');
  await typed('form[api_key]', lab.api_key);
  await typed('form[secret_key]', lab.secret_key);
  await field('form[hosts][0][name]').fill(host.name);
  await field('form[hosts][0][address]').fill(host.address);
  await field('form[hosts][0][port]').fill('twenty-two');
  await field('form[hosts][0][user]').fill(host.user);
  await typed('form[hosts][0][key]', readFileSync(host.private_key, 'utf8'));
  const save = page.getByRole('button', { name: 'Add and test the connection' });
  await save.click();
  await expect(field('form[hosts][0][port]')).toHaveAttribute('aria-invalid', 'true');
  await expect(field('form[hosts][0][port]')).toBeFocused();
  await expect(field('form[name]')).toHaveValue('Frankfurt');
  await page.getByRole('link', { name: 'Add a host' }).click();
  await expect(page.getByRole('group', { name: 'Host 2' }).getByLabel('SSH port').first()).toBeVisible();
  await field('form[hosts][0][port]').fill(String(host.port));
  await save.click();
  await expect(field('form[endpoint]')).toHaveAttribute('aria-invalid', 'true');
  await expect(field('form[hosts][0][port]')).not.toHaveAttribute('aria-invalid', 'true');
  await field('form[endpoint]').fill(lab.api_url);
  await page.getByText("Only for the vendor's script").click();
  await field('form[integration_address]').fill(lab.integration_address);
  await save.click();

  await expect(page).toHaveURL(/\/connection$/);
  await expect(page.getByText(host.fingerprint)).toBeVisible();
  await expect(step).toContainText('4 Accept the host keys');
  await page.getByRole('button', { name: 'It is the same: accept this key' }).click();
  await expect(page.getByText(host.fingerprint)).toBeHidden({ timeout: 30_000 });
  await expect(page.getByText('Unknown key')).toBeHidden();

  await page.getByRole('link', { name: 'To the inventory' }).click();
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByText('s-1-VM').first()).toBeVisible({ timeout: 30_000 });
  await expect(firstUse).toBeHidden();
  const html = await page.content();
  expect(html).not.toContain(lab.secret_key);
});

test('somebody who only looks is not offered what they may not do', async ({ world }) => {
  const vera = await world.as('vera');
  await expect(vera.getByRole('link', { name: 'Add environment' })).toBeHidden();
  await expect(vera.getByRole('link', { name: 'People' })).toBeHidden();
  await vera.goto('/people');
  await expect(vera.getByText('Not for you')).toBeVisible();
});
