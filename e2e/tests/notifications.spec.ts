// Who is told of what: an admin names a webhook, somebody asks for a plan, and the message is there, signed.
import { createHmac } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { approve, askForRestart } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

type Posted = { headers: IncomingHttpHeaders; body: string };

/** A webhook that keeps what it takes, and answers with the status it is told. */
async function webhook(): Promise<{ url: string; taken: Posted[]; status: { code: number }; close: () => void }> {
  const taken: Posted[] = [];
  const status = { code: 503 };
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (piece) => (body += piece));
    request.on('end', () => {
      if (status.code === 200) taken.push({ headers: request.headers, body });
      response.writeHead(status.code).end('as told');
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const port = (server.address() as AddressInfo).port;
  return { url: `http://127.0.0.1:${port}/services/t0ken-mark`, taken, status, close: () => server.close() };
}

test('a webhook that was down gets the message once it is back, signed, and the page says so', async ({ world }) => {
  const hook = await webhook();
  const ada = await world.as('ada');
  await ada.goto('/notifications');
  await expect(ada.getByText('No place is told of anything yet.')).toBeVisible();
  await ada.getByRole('link', { name: 'New place' }).click();
  await ada.getByLabel('Webhook, signed').check();
  await ada.locator('[name="form[address][typed]"]').fill(hook.url);
  await ada.locator('[name="form[key][typed]"]').fill('signing-mark');
  await inspect(ada, 'notification-new');
  await ada.getByRole('button', { name: 'Add' }).click();
  await expect(ada.getByRole('heading', { name: /Webhook http:\/\/127\.0\.0\.1/ })).toBeVisible();
  await ada.getByRole('button', { name: 'Send a test message' }).click();
  await expect(ada.getByText('status 503').first()).toBeVisible();

  const rosa = await world.as('rosa');
  await askForRestart(rosa, 'native');
  await expect(async () => {
    await ada.goto('/notifications');
    await expect(ada.getByText(/1 message waiting/)).toBeVisible({ timeout: 1000 });
  }).toPass();
  await inspect(ada, 'notifications-waiting');

  hook.status.code = 200;
  await expect(async () => {
    await ada.goto('/notifications');
    await expect(ada.getByText('Delivered', { exact: true }).first()).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 60_000 });
  await inspect(ada, 'notifications');
  for (const secret of ['t0ken-mark', 'signing-mark']) expect(await ada.content()).not.toContain(secret);

  expect(hook.taken).toHaveLength(1);
  const [{ headers, body }] = hook.taken;
  const told = JSON.parse(body);
  expect(told.type).toBe('approval_needed');
  expect(told.link).toBe(rosa.url());
  const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
  expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', 'signing-mark').update(signed).digest('base64')}`);

  const abel = await world.as('abel');
  await abel.goto('/account');
  await abel.getByLabel('Your mail address').fill('abel@example.org');
  await abel.getByRole('button', { name: 'Save' }).click();
  await expect(abel.getByText('Nothing delivered yet')).toBeVisible();
  await inspect(abel, 'account');
  await approve(abel, rosa.url());
  hook.close();
});
