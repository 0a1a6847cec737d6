// A run that prints much: its page while 5,000 lines come each second, and the pages of a run that has printed a million.
import type { Page } from '@playwright/test';
import { alive, startedRun } from '../fixtures/journey';
import { expect, test } from '../fixtures/story';
import { longestSinceLoaded, watchFrames } from './frames';
import { LINE, letPrint } from './printer';
import { goal, median, moments, ms, noteMoments, percentile, PROCESSORS, ROUNDS, row, slowedDown, type Moments } from './report';

const PER_SECOND = 5000;
/** The page is watched for so long with each processor. */
const SECONDS = 20;
const FRAME = 50;
const MANY = 1_000_000;

/** The newest line that the page shows: its number, and how many milliseconds ago it was printed. */
async function newest(page: Page): Promise<{ line: number; ago: number }> {
  const text = (await page.locator('[role=log]').textContent()) ?? '';
  const [, line, at] = [...text.matchAll(LINE)].at(-1) ?? [];
  return { line: Number(line ?? -1), ago: Date.now() - Number(at ?? Number.NaN) };
}

test('the page of a run that prints 5,000 lines a second', async ({ world }) => {
  letPrint(world.lab.details, { lines: PER_SECOND * (2 * SECONDS + 40), perSecond: PER_SECOND });
  const rosa = await startedRun(world, 'script');
  await alive(rosa);
  await expect.poll(async () => (await newest(rosa)).line, { timeout: 60_000 }).toBeGreaterThan(0);
  for (const [processor, rate] of PROCESSORS) {
    const devtools = await slowedDown(rosa, rate);
    await rosa.waitForTimeout(3_000);
    const [begun, before] = [Date.now(), await newest(rosa)];
    const { between, long } = await watchFrames(rosa, SECONDS * 1000);
    const [after, took] = [await newest(rosa), Date.now() - begun];
    await devtools.detach();
    const shown = ((after.line - before.line) / took) * 1000;
    const longest = Math.max(...between, ...long);
    row(`a run page that receives ${PER_SECOND} lines/s for ${SECONDS} s, ${processor}: lines that came to it per second`, shown.toFixed(0));
    row(`the same: the newest line on it is so old, ${processor}`, ms(after.ago));
    row(`the same: longest frame, ${processor}`, ms(longest));
    row(`the same: between two frames, p50 and p99, ${processor}`, `${ms(percentile(between, 50))}, ${ms(percentile(between, 99))}`);
    row(`the same: frames longer than ${FRAME} ms, of all, ${processor}`, `${between.filter((gap) => gap > FRAME).length} of ${between.length}`);
    goal(`${PER_SECOND} lines/s for ${SECONDS} s, every frame under ${FRAME} ms, ${processor}`, longest < FRAME && shown >= PER_SECOND * 0.98);
  }
});

test('the pages of a run that has printed a million lines', async ({ world }) => {
  letPrint(world.lab.details, { lines: MANY });
  const rosa = await startedRun(world, 'script');
  const run = new URL(rosa.url()).pathname;
  // Nobody watches it; its page is looked at when it is over.
  await rosa.goto('/inbox');
  const isOver = async () => (await (await rosa.request.get(run)).text()).includes('Every step has its proof.');
  await expect.poll(isOver, { timeout: 600_000, intervals: [5_000] }).toBe(true);
  const record = await (await rosa.request.get(`${run}/export`, { timeout: 120_000 })).body();
  expect(record.includes(`line ${MANY - 1} at `), 'every line was printed and stored').toBe(true);

  await noteMoments(rosa);
  for (const [name, path] of [['its page', run], ['its whole log', `${run}/log`]] as const) {
    for (const [processor, rate] of PROCESSORS) {
      const devtools = await slowedDown(rosa, rate);
      const rounds: (Moments & { longest: number })[] = [];
      for (let n = 0; n < ROUNDS; n += 1) {
        await rosa.goto(path);
        rounds.push({ ...(await moments(rosa, 'navigation')), longest: await longestSinceLoaded(rosa) });
      }
      await devtools.detach();
      const of = (pick: (round: (typeof rounds)[number]) => number) => median(rounds.map(pick));
      row(`a run with ${MANY} lines, ${name}: first contentful paint, ${processor}`, ms(of((round) => round.painted)));
      row(`the same: until its buttons work, ${processor}`, ms(of((round) => round.alive)));
      row(`the same: longest frame meanwhile, ${processor}`, ms(of((round) => round.longest)));
    }
  }
});
