// Signing in at a provider, with a real one beside the server: groups give roles, and nothing that is not as it should be opens
// anything.
import type { BrowserContext, Page } from '@playwright/test';
import { expect, test as base } from '@playwright/test';
import { Drydock } from '../fixtures/drydock';
import { SignInProvider } from '../fixtures/provider';
import { inspect } from '../fixtures/shots';

const test = base.extend<{ drydock: Drydock; provider: SignInProvider }>({
  drydock: async ({}, use) => {
    const drydock = await Drydock.make();
    await use(drydock);
    await drydock.stop();
  },
  provider: async ({ drydock }, use) => {
    const provider = await SignInProvider.start(drydock.url);
    drydock.settings = {
      DRYDOCK_PUBLIC_URL: drydock.url,
      DRYDOCK_LOGIN_ATTEMPTS: '1000',
      DRYDOCK_STEP_UP_LASTS: '1m',
      DRYDOCK_OIDC_NAME: 'Example ID',
      DRYDOCK_OIDC_ISSUER: provider.issuer,
      DRYDOCK_OIDC_CLIENT_ID: 'drydock',
      DRYDOCK_OIDC_CLIENT_SECRET: 'env:SECRET_OF_PROVIDER',
      SECRET_OF_PROVIDER: 'a-secret-of-both-sides',
      DRYDOCK_OIDC_SCOPES: 'profile groups',
      DRYDOCK_OIDC_GRANTS: 'berlin = requester@berlin operator@berlin; deciders = viewer approver; admins = admin',
    };
    await drydock.start();
    await use(provider);
    provider.stop();
  },
  baseURL: async ({ drydock }, use) => use(drydock.url),
});

/** From the login page to the first page of Drydock, as a person does it. */
async function signIn(page: Page, name: string): Promise<void> {
  await page.goto('/login');
  await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
  await atProvider(page, name);
  await expect(page.getByRole('heading', { name: 'Updates', level: 1 })).toBeVisible();
}

/** What the provider asks for. */
async function atProvider(page: Page, name: string): Promise<void> {
  await page.locator('input[name=login]').fill(name);
  await page.locator('input[name=password]').fill('anything does there');
  await page.getByRole('button', { name: 'Sign-in' }).click();
}

/** Begins a sign-in; the address at the provider, which is not gone to yet. */
async function begun(context: BrowserContext, path = '/login/provider'): Promise<URL> {
  const answer = await context.request.get(path, { maxRedirects: 0 });
  expect(answer.status()).toBe(303);
  return new URL(answer.headers().location);
}

/** Goes there, where one is signed in already; the address that the provider sends the browser back to, not gone to yet. */
async function sentBack(context: BrowserContext, address: URL): Promise<string> {
  const answer = await context.request.get(address.href, { maxRedirects: 0 });
  expect(answer.headers().location, await answer.text()).toContain('/login/provider/back?');
  return answer.headers().location;
}

/** Where that leads. */
async function leadsTo(context: BrowserContext, address: string): Promise<string> {
  const answer = await context.request.get(address, { maxRedirects: 0 });
  return answer.headers().location ?? `${answer.status()} ${await answer.text()}`;
}

function roles(drydock: Drydock, name: string): string {
  const line = drydock.run(['user', 'list']).split('\n').find((line) => line.split(/\s{2,}/)[0].trim() === name);
  return line?.split(/\s{2,}/)[1] ?? 'nobody is called so';
}


test('whoever signs in has the roles of their groups, and loses them with the groups', async ({ page, drydock, provider }) => {
  await provider.set({ groups: { berta: ['berlin', 'something else'] } });
  await page.goto('/login');
  await inspect(page, 'login-provider');
  await signIn(page, 'berta');
  expect(roles(drydock, 'berta')).toBe('requester@berlin, operator@berlin');
  await page.goto('/account');
  await expect(page.getByText(`You sign in at ${provider.issuer}.`)).toBeVisible();
  await inspect(page, 'account-provider');
  // Asked again at the provider: the groups of that moment count.
  await provider.set({ groups: { berta: ['deciders'] } });
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL(new RegExp(`^${provider.issuer}/session/end`));
  await page.getByRole('button', { name: /Yes, sign me out/ }).click();
  await expect(page).toHaveURL(/\/login$/);
  await signIn(page, 'berta');
  expect(roles(drydock, 'berta')).toBe('viewer, approver');
  await provider.set({ groups: { berta: [] } });
  const other = await begun(page.context());
  expect(await leadsTo(page.context(), await sentBack(page.context(), other))).toBe('/');
  expect(roles(drydock, 'berta')).toBe('no role');
  // Their other session, with the roles of before, has ended with the roles.
  const audit = drydock.run(['audit', 'export']);
  expect(audit).toContain('by the groups at');
});

test('somebody here with the same name stays who they are, and who is disabled is let in by no provider', async ({ page, drydock, provider }) => {
  await provider.set({ groups: { ada: ['berlin'] } });
  await signIn(page, 'ada');
  expect(roles(drydock, 'ada')).toBe('admin');
  expect(roles(drydock, 'ada.2')).toBe('requester@berlin, operator@berlin');
  drydock.run(['user', 'disable', 'ada.2']);
  await page.goto('/');
  await expect(page).toHaveURL(/\/login/);
  await page.getByRole('link', { name: 'Sign in with Example ID' }).click();
  await expect(page.getByText('You may not log in any more.')).toBeVisible();
  await page.goto('/');
  await expect(page).toHaveURL(/\/login/);
});

test('a state, a nonce, a browser or a moment that is another opens nothing, and an answer counts once', async ({ page, browser, drydock, provider }) => {
  await provider.set({ groups: { berta: ['berlin'] } });
  await signIn(page, 'berta');
  const context = page.context();
  const failed = /^\/login\?error=provider/;
  const forget = () => context.clearCookies({ name: 'drydock' });
  const isNobody = async () => expect((await context.request.get('/', { maxRedirects: 0 })).headers().location).toMatch(/^\/login/);
  await forget();

  // As it should be: and the very same answer again is worth nothing.
  const good = await sentBack(context, await begun(context));
  expect(await leadsTo(context, good)).toBe('/');
  await forget();
  expect(await leadsTo(context, good)).toMatch(failed);
  const replayed = await begun(context);
  const once = await sentBack(context, replayed);
  expect(await leadsTo(context, once)).toBe('/');
  // The code was used; with a state of this session too, the provider refuses it.
  const fresh = await begun(context);
  const stolen = new URL(once);
  stolen.searchParams.set('state', fresh.searchParams.get('state')!);
  expect(await leadsTo(context, stolen.href)).toMatch(failed);
  await forget();

  for (const parameter of ['state', 'nonce']) {
    const address = await begun(context);
    address.searchParams.set(parameter, 'another');
    expect(await leadsTo(context, await sentBack(context, address)), parameter).toMatch(failed);
    await isNobody();
    await forget();
  }

  // Somebody sends their own answer to another person's browser.
  const theirs = await sentBack(context, await begun(context));
  const victim = await browser.newContext({ baseURL: drydock.url });
  expect(await leadsTo(victim, theirs)).toMatch(failed);
  expect(await leadsTo(victim, '/')).toMatch(/^\/login/);
  await victim.close();
  await forget();

  // A challenge that is another: the provider gives nothing for the code.
  const address = await begun(context);
  address.searchParams.set('code_challenge', 'A'.repeat(43));
  expect(await leadsTo(context, await sentBack(context, address))).toMatch(failed);
  await isNobody();
  await forget();

  // A token of two hours ago has expired; one of the next hour is not to be believed either.
  for (const clock of [-7200, 7200]) {
    await provider.set({ clock });
    expect(await leadsTo(context, await sentBack(context, await begun(context))), `${clock}`).toMatch(failed);
    await isNobody();
    await forget();
  }
  await provider.set({ clock: 30 });
  expect(await leadsTo(context, await sentBack(context, await begun(context))), 'clocks may be half a minute apart').toBe('/');
  const audit = drydock.run(['audit', 'export']);
  expect(audit).toContain('the token of the provider is not good');
  expect(audit).toContain('the provider has refused the code');
});

test('what cannot be taken back needs a fresh sign-in at the provider', async ({ page, drydock, provider }) => {
  await provider.set({ groups: { dora: ['deciders'] }, clock: -300 });
  // They signed in there five minutes ago.
  const context = page.context();
  await signIn(page, 'dora');
  await provider.set({ clock: 0 });
  const form = { request: '2e7293a0-d168-46f3-bc29-262ddbf22474', digest: 'a'.repeat(64) };
  const approve = async () => {
    const answer = await context.request.post('/api/approve_request', { form, headers: { origin: drydock.url } });
    return [answer.headers()['x-drydock-proof'] ?? 'not asked', answer.status()];
  };
  expect(await approve()).toEqual(['provider', 409]);

  // Who takes the wish for a fresh sign-in out of the address has shown nothing.
  const again = await begun(context, '/login/provider?again=yes&next=/inbox');
  expect(again.searchParams.get('prompt')).toBe('login');
  again.searchParams.delete('prompt');
  again.searchParams.delete('max_age');
  expect(await leadsTo(context, await sentBack(context, again))).toContain('does not say that you have just signed in');
  expect(await approve()).toEqual(['provider', 409]);

  // Somebody else who signs in has not shown that it is dora.
  await provider.set({ groups: { eve: ['deciders'] } });
  await page.goto('/login/provider?again=yes&next=/inbox');
  await atProvider(page, 'eve');
  await expect(page.getByText('eve has signed in, but dora is logged in')).toBeVisible();
  expect(await approve()).toEqual(['provider', 409]);

  await page.goto('/login/provider?again=yes&next=/inbox');
  await atProvider(page, 'dora');
  await expect(page.getByRole('heading', { name: 'Inbox', level: 1 })).toBeVisible();
  expect(await approve()).toEqual(['not asked', 404]);
});
