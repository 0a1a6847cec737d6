// Who has to agree: an admin makes a policy, sees first what it changes, and it voids what was agreed to before.
import { approve, alive, askForRestart } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test } from '../fixtures/story';

test('a policy is looked at before it is saved, and what was agreed to before does not count any more', async ({ world }) => {
  const rosa = await world.as('rosa');
  await askForRestart(rosa, 'native');
  const abel = await world.as('abel');
  await approve(abel, rosa.url());
  await expect(abel.getByText('Approved, ready to start').first()).toBeVisible();

  const ada = await world.as('ada');
  await ada.goto('/policies');
  await expect(ada.getByText('There is no policy yet.')).toBeVisible();
  await inspect(ada, 'policies-empty');
  await ada.getByRole('link', { name: 'New policy' }).click();
  await ada.getByLabel('Name').fill('Two pairs of eyes');
  await ada.getByLabel('How many, of whom').fill('3 approvers');
  await inspect(ada, 'policy-form');
  await ada.getByRole('button', { name: 'See what it changes' }).click();
  await expect(ada.getByText('before: 1 of the approvers').first()).toBeVisible();
  await expect(ada.getByText('nobody could ever approve this').first()).toBeVisible();
  await ada.getByRole('button', { name: 'Back to the form' }).click();
  await ada.getByLabel('How many, of whom').fill('2 approvers');
  await ada.getByRole('button', { name: 'See what it changes' }).click();
  await expect(ada.getByText('nobody could ever approve this')).toBeHidden();
  await inspect(ada, 'policy-preview');
  await ada.getByRole('button', { name: 'Save this policy' }).click();
  await expect(ada.getByRole('heading', { name: 'Two pairs of eyes' })).toBeVisible();
  await inspect(ada, 'policies');

  await rosa.reload();
  await expect(rosa.getByText('Does not count').first()).toBeVisible();
  await expect(rosa.getByText('what the policies ask for has changed since').first()).toBeVisible();
  await expect(rosa.getByRole('button', { name: 'Start the run' })).toBeDisabled();
  await inspect(rosa, 'request-void');
  await abel.goto(rosa.url());
  await abel.getByRole('button', { name: 'Approve this plan' }).click();
  await expect(abel.getByText('1 more of the approvers (ada)').first()).toBeVisible();
  await approve(ada, rosa.url());
  await rosa.reload();
  await alive(rosa);
  await expect(rosa.getByRole('button', { name: 'Start the run' })).toBeEnabled();
});

test('a form that cannot be read is refused with its field, and nothing is saved', async ({ world }) => {
  const ada = await world.as('ada');
  await ada.goto('/policies/edit');
  await ada.getByLabel('Name').fill('Nonsense');
  await ada.getByLabel('How many, of whom').fill('everybody');
  await ada.getByRole('button', { name: 'See what it changes' }).click();
  await expect(ada.getByText('It cannot be saved like this')).toBeVisible();
  await expect(ada.getByText('"everybody" cannot be read').first()).toBeVisible();
  await expect(ada.getByRole('button', { name: 'Save this policy' })).toBeDisabled();
});
