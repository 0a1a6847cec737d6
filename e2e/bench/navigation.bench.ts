// From a click on a link to the next page: all main pages, in a Drydock with 60 environments, with everything in the cache that a
// browser keeps.
import { ended, startedRun } from '../fixtures/journey';
import { expect, test } from '../fixtures/story';
import { goal, median, moments, ms, noteMoments, PROCESSORS, ROUNDS, row, slowedDown, type Moments } from './report';

const ENVIRONMENTS = 60;
const NEXT_PAGE = 100;

test('from page to page', async ({ world }) => {
  const rosa = await startedRun(world, 'script');
  await ended(rosa, 'Succeeded');
  const run = new URL(rosa.url()).pathname;
  const request = (await rosa.getByRole('link', { name: 'The approved plan' }).getAttribute('href')) ?? '';
  await rosa.goto('/');
  const cloud = (await rosa.getByRole('link', { name: 'Frankfurt', exact: true }).getAttribute('href')) ?? '';
  await rosa.context().close();
  world.drydock.addCopies(world.lab.details, ENVIRONMENTS - 1);

  const ada = await world.as('ada');
  await expect(ada.getByText('Site 59').first()).toBeVisible();
  await noteMoments(ada);
  /** Which page, and from where somebody comes to it by a link. */
  const ways: [name: string, from: string, to: string][] = [
    ['Updates', '/inbox', '/'],
    ['Inbox', '/', '/inbox'],
    ['History', '/', '/history'],
    ['Policies', '/', '/policies'],
    ['People', '/', '/people'],
    ['Notifications', '/', '/notifications'],
    ['Audit', '/', '/audit'],
    ['Account', '/', '/account'],
    ['an environment', '/', cloud],
    ['a run', '/history', run],
    ['its request', run, request],
    ['its plan to print', request, `${request}/plan`],
    ['its log', run, `${run}/log`],
    ['its matrix and timeline', run, `${run}/picture`],
    ['its replay', run, `${run}/replay`],
  ];
  for (const [processor, rate] of PROCESSORS) {
    const devtools = await slowedDown(ada, rate);
    const pages: (Moments & { name: string })[] = [];
    for (const [name, from, to] of ways) {
      const rounds: Moments[] = [];
      for (let n = 0; n < ROUNDS; n += 1) {
        await ada.goto(from);
        await ada.locator('html[data-alive]').waitFor({ state: 'attached' });
        const link = ada.locator(`a[href="${to}"]`).first();
        await link.scrollIntoViewIfNeeded();
        await link.click();
        await expect(ada).toHaveURL(new RegExp(`${to}$`));
        rounds.push(await moments(ada, 'click'));
      }
      const of = (pick: (round: Moments) => number) => median(rounds.map(pick));
      pages.push({ name, painted: of((one) => one.painted), headed: of((one) => one.headed), alive: of((one) => one.alive), moved: Math.max(...rounds.map((one) => one.moved)) });
      row(`${ENVIRONMENTS} environments, from a click to ${name}: first contentful paint, heading, buttons work, ${processor}`,
        [pages.at(-1)!.painted, pages.at(-1)!.headed, pages.at(-1)!.alive].map(ms).join(', '));
    }
    await devtools.detach();
    const slowest = pages.reduce((one, other) => (other.headed > one.headed ? other : one));
    row(`from a click to the next page and its heading, median of ${pages.length} pages, ${processor}`, ms(median(pages.map((one) => one.headed))));
    const restless = pages.reduce((one, other) => (other.moved > one.moved ? other : one));
    row(`what moves by itself on them, most (CLS), ${processor}`, restless.moved ? `${restless.moved.toFixed(4)} (${restless.name})` : '0');
    row(`the slowest of them, ${processor}`, `${ms(slowest.headed)} (${slowest.name})`);
    goal(`from one page to the next within ${NEXT_PAGE} ms, each of ${pages.length}, ${processor}`, pages.every((one) => one.painted <= NEXT_PAGE && one.headed <= NEXT_PAGE));
  }
});
