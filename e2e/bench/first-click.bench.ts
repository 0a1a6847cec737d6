// From a click on the address to a button that works: first load with an empty cache, as is and with a slow processor.
import { readFileSync, writeFileSync } from 'node:fs';
import { test, type World } from '../fixtures/story';

const ROUNDS = 5;

interface Round {
  /** First contentful paint, ms after the navigation began. */
  painted: number;
  /** The islands of the page answer, ms after the navigation began. */
  alive: number;
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

async function round(world: World, throttle: number): Promise<Round> {
  const page = await world.as('rosa');
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.clearBrowserCache');
  // The page itself notes the moment; asking it again and again from here would cost it time and be late.
  await page.addInitScript(() => {
    const noted = new MutationObserver(() => {
      performance.mark('alive');
      noted.disconnect();
    });
    noted.observe(document, { attributes: true, attributeFilter: ['data-alive'], subtree: true });
  });
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: throttle });
  await page.goto('/');
  await page.locator('html[data-alive]').waitFor({ state: 'attached' });
  const times = await page.evaluate(() => ({
    painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
    alive: performance.getEntriesByName('alive')[0]?.startTime ?? Number.NaN,
  }));
  await page.context().close();
  return times;
}

/** Resident memory of a process in MB. */
function memory(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n').find((line) => line.startsWith('VmRSS:'));
  return Number(line?.replace(/\D/g, '')) / 1000;
}

test('first click', async ({ world }) => {
  test.setTimeout(300_000);
  // Started and ready, and nobody has logged in yet.
  const idle = memory(world.drydock.pid);
  const rows: string[] = [];
  for (const [name, throttle] of [['as it is', 1], ['processor 4 times slower', 4]] as const) {
    const rounds: Round[] = [];
    for (let n = 0; n < ROUNDS; n += 1) rounds.push(await round(world, throttle));
    const ms = (pick: (round: Round) => number) => `${Math.round(median(rounds.map(pick)))} ms`;
    rows.push(`| first paint of Updates, empty cache, ${name} | ${ms((r) => r.painted)} |`);
    rows.push(`| until its buttons work without a form, ${name} | ${ms((r) => r.alive)} |`);
  }
  rows.push(`| server: resident memory, idle | ${idle.toFixed(0)} MB |`);
  rows.push(`| server: resident memory after ${ROUNDS * 2 + 1} logins and pages | ${memory(world.drydock.pid).toFixed(0)} MB |`);
  writeFileSync(process.env.DRYDOCK_BENCH_REPORT ?? '/dev/stdout', `${rows.join('\n')}\n`);
});
