// What cannot wait: a plan is started without its approvals where a policy lets it, everybody sees that, and somebody else
// reviews it. Then the run changes hands, and waits for a group to confirm.
import { alive, askForRestart, state } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

// In capitals: what is quiet says the same in small letters.
const LOUD = /STARTED WITHOUT APPROVALS/;

test.use({ pace: 'demo' });

test('a start without approvals is loud until somebody else has reviewed it, and the run changes hands', async ({ world }) => {
  test.setTimeout(240_000);
  const rosa = await world.as('rosa');
  await askForRestart(rosa, 'native');
  const request = rosa.url();
  await expect(rosa.getByText('break the glass')).toBeHidden();

  const ada = await world.as('ada');
  await ada.goto('/policies');
  await ada.getByText('New group').click();
  await ada.getByLabel('Name').fill('night');
  await ada.getByLabel('abel').check();
  await ada.getByRole('button', { name: 'Add the group' }).click();
  await expect(ada.getByRole('heading', { name: 'night' })).toBeVisible();
  await ada.goto('/policies/edit');
  await ada.getByLabel('Name').fill('Emergencies');
  await ada.getByLabel('Who may start a plan without its approvals').selectOption('operators');
  await ada.getByLabel('Who has to confirm before it goes on').fill('before routers | night | watch the console proxies answer');
  await inspect(ada, 'policy-glass');
  await ada.getByRole('button', { name: 'See what it changes' }).click();
  await ada.getByRole('button', { name: 'Save this policy' }).click();
  await expect(ada.getByText('May be started without approvals by operators; reviewed within 24 hours.')).toBeVisible();

  // The plan has to be one that waits there.
  await rosa.goto(request);
  await rosa.getByText('Make the plan anew', { exact: true }).click();
  await rosa.getByRole('button', { name: 'Look again and plan anew' }).click();
  await expect(rosa.getByText('The group night confirms')).toBeVisible();
  await rosa.getByText('Start without approvals (break the glass)').click();
  await rosa.getByLabel('Why it cannot wait').fill('the routers drop every second packet');
  await rosa.getByRole('button', { name: 'Start it without approvals' }).click();
  await expect(rosa).toHaveURL(/\/runs\//);
  const run = rosa.url();
  await expect(rosa.getByText(LOUD).first()).toBeVisible();
  await expect(rosa.getByText('You cannot review it')).toBeVisible();
  await inspect(rosa, 'run-glass');

  const abel = await world.as('abel');
  await expect(abel.getByText(LOUD).first()).toBeVisible();
  await inspect(abel, 'updates-glass');
  await abel.goto('/inbox');
  await expect(abel.getByText(LOUD).first()).toBeVisible();

  // Abel has the page of the run open: what he is asked appears there by itself.
  await abel.goto(run);
  await alive(abel);
  await rosa.getByText('Hand it over').click();
  await rosa.getByLabel('To whom').selectOption('abel');
  await rosa.getByLabel('What they should know (optional)').fill('I go home');
  await rosa.getByRole('button', { name: 'Ask them to take it' }).click();
  await expect(rosa.getByText('rosa has asked abel to take it')).toBeVisible();
  await expect(abel.getByRole('button', { name: 'Take it in hand' })).toBeVisible();
  await abel.goto('/inbox');
  await expect(abel.getByText('rosa asks you to take this run in hand')).toBeVisible();
  await inspect(abel, 'inbox-hands');
  await abel.goto(run);
  await abel.getByRole('button', { name: 'Take it in hand' }).click();
  await expect(abel.getByText('It is in your hands.')).toBeVisible();
  await abel.getByLabel('Your review').fill('It was right.\nThe routers are better watched from now on.');
  await abel.getByRole('button', { name: 'Record the review' }).click();
  await expect(abel.getByText('Started without approvals, and reviewed').first()).toBeVisible();
  await expect(abel.getByText(LOUD)).toBeHidden();

  await expect(abel.getByText('Watch the console proxies answer', { exact: true })).toBeVisible({ timeout: 90_000 });
  await inspect(abel, 'run-gate');
  await abel.getByLabel('What you have seen (optional)').fill('they answer');
  await abel.getByRole('button', { name: 'Confirm: it may go on' }).click();
  await expect(abel.getByRole('heading', { name: 'To be confirmed' })).toBeHidden();

  await abel.getByText('Abort this run').click();
  await abel.getByLabel('Why', { exact: true }).first().fill('enough is seen');
  await abel.getByRole('button', { name: 'Abort the run' }).click();
  await state(abel, 'Aborted', 120_000);
});
