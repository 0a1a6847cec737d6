// One's own door: a second factor, where one is logged in, and tokens for programs.
import { createHmac } from 'node:crypto';
import { approve, askForRestart } from '../fixtures/journey';
import { PEOPLE } from '../fixtures/drydock';
import { inspect } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** What an authenticator app shows, so many steps of 30 seconds from now (RFC 6238). */
function code(key: string, steps = 0): string {
  const bits = [...key.replace(/[^A-Z2-7]/g, '')].map((letter) => ALPHABET.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const secret = Buffer.from(bits.match(/.{8}/g)!.map((byte) => parseInt(byte, 2)));
  const moment = Buffer.alloc(8);
  moment.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac('sha1', secret).update(moment).digest();
  const number = digest.readUInt32BE(digest[19] & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}

test('with a second factor the password alone opens nothing, and approving asks again who it is', async ({ world, browser }) => {
  const rosa = await world.as('rosa');
  await askForRestart(rosa, 'native');
  const abel = await world.as('abel');
  await abel.goto('/account');
  await inspect(abel, 'account');
  const card = abel.locator('#second-factor');
  await card.getByLabel('Your password').fill(PEOPLE.abel.password);
  await card.getByRole('button', { name: 'Set up' }).click();
  await expect(abel.getByRole('img', { name: 'QR code with the key' })).toBeVisible();
  await inspect(abel, 'second-factor-key');
  const key = await abel.locator('#key').innerText();
  await abel.getByRole('textbox', { name: 'Code' }).fill(code(key, -1));
  await abel.getByRole('button', { name: 'Switch on' }).click();
  await expect(abel.locator('#recovery-codes li')).toHaveCount(10);
  await inspect(abel, 'recovery-codes');
  const [recovery] = await abel.locator('#recovery-codes li').allInnerTexts();
  await abel.getByRole('link', { name: 'I have kept them' }).click();
  await expect(abel.getByText('10 recovery codes are left.')).toBeVisible();

  // In another browser: the password, then the code.
  const elsewhere = await browser.newPage({ baseURL: world.drydock.url });
  await elsewhere.goto('/login');
  await elsewhere.getByLabel('Name').fill('abel');
  await elsewhere.getByLabel('Password').fill(PEOPLE.abel.password);
  await elsewhere.getByRole('button', { name: 'Log in' }).click();
  await expect(elsewhere.getByText('The password was right.')).toBeVisible();
  await inspect(elsewhere, 'login-code');
  await elsewhere.goto('/');
  await expect(elsewhere).toHaveURL(/\/login/);
  await elsewhere.goto('/login?step=code');
  await elsewhere.getByRole('textbox', { name: 'Code' }).fill('000000');
  await elsewhere.getByRole('button', { name: 'Log in' }).click();
  await expect(elsewhere.getByText('The code is wrong, or was used before.')).toBeVisible();
  await elsewhere.getByRole('textbox', { name: 'Code' }).fill(recovery);
  await elsewhere.getByRole('button', { name: 'Log in' }).click();
  await expect(elsewhere.getByRole('heading', { name: 'Updates', level: 1 })).toBeVisible();

  // Who has just shown it is not asked again.
  await approve(elsewhere, rosa.url());
  await elsewhere.goto('/account');
  await expect(elsewhere.getByText('9 recovery codes are left.')).toBeVisible();
  await inspect(elsewhere, 'account-second-factor');
  await expect(elsewhere.locator('#sessions tbody tr')).toHaveCount(2);
  await elsewhere.getByRole('button', { name: 'End all others' }).click();
  await expect(elsewhere.locator('#sessions tbody tr')).toHaveCount(1);
  await abel.goto('/');
  await expect(abel).toHaveURL(/\/login/);
});

test('a program with a token does what was chosen for it, until the token is revoked', async ({ world, request }) => {
  const rosa = await world.as('rosa');
  await rosa.goto('/account');
  await rosa.getByLabel('What it is for').fill('the wall in the hall');
  await rosa.getByLabel('Only look, whatever is chosen above').check();
  await rosa.locator('#token-proof').fill(PEOPLE.rosa.password);
  await rosa.getByRole('button', { name: 'Make it' }).click();
  await expect(rosa.getByText('Copy it now')).toBeVisible();
  await inspect(rosa, 'token');
  const token = await rosa.locator('#token').innerText();
  const cards = (value: string) =>
    request.post(`${world.drydock.url}/api/load_cards`, { headers: { authorization: `Bearer ${value}` } });
  expect((await cards(token)).status()).toBe(200);
  expect((await cards(`${token}x`)).status()).toBe(401);

  await rosa.getByRole('link', { name: 'Back to your account' }).click();
  await expect(rosa.locator('#tokens').getByText('the wall in the hall')).toBeVisible();
  await inspect(rosa, 'account-token');
  await rosa.getByRole('button', { name: 'Revoke the wall in the hall' }).click();
  await expect(rosa.locator('#tokens').getByText('You have none.')).toBeVisible();
  expect((await cards(token)).status()).toBe(401);
});
