// From nothing to a page that can be used: how much comes, and how long until it is painted and its buttons answer. Each time
// with an empty cache, as is and with a slow processor.
import type { Browser, BrowserContext } from '@playwright/test';
import { ended, startedRun } from '../fixtures/journey';
import { expect, test, type World } from '../fixtures/story';
import { goal, kilobytes, median, memory, moments, ms, noteMoments, PROCESSORS, ROUNDS, row, slowedDown, type Moments } from './report';

const ALL_OF_IT = 250_000;
const FIRST_BUTTON = 2000;

/** What a page consists of, in the order in which it is told. */
const KINDS = ['HTML', 'CSS', 'JavaScript', 'WASM', 'icons'] as const;
type Kind = (typeof KINDS)[number];

interface Loaded extends Moments {
  bytes: Map<Kind, number>;
  /** What came without being compressed by brotli, of what is worth it. */
  plain: string[];
}

function kindOf(type: string, path: string): Kind | null {
  if (path.endsWith('.wasm')) return 'WASM';
  if (type === 'Document') return 'HTML';
  if (type === 'Stylesheet') return 'CSS';
  if (type === 'Script' || path.endsWith('.js')) return 'JavaScript';
  // Not what goes on while the page is open: the stream of a run, a look for news.
  return type === 'Image' || type === 'Other' ? 'icons' : null;
}

/** Loads a page as somebody who was never here, but is logged in. */
async function load(world: World, browser: Browser, cookies: () => ReturnType<BrowserContext['cookies']>, path: string, rate: number): Promise<Loaded> {
  const context = await browser.newContext({ baseURL: world.drydock.url });
  await context.addCookies(await cookies());
  const page = await context.newPage();
  await noteMoments(page);
  const devtools = await slowedDown(page, rate);
  await devtools.send('Network.enable');
  const asked = new Map<string, { kind: Kind | null; path: string }>();
  const bytes = new Map<Kind, number>();
  const plain: string[] = [];
  const count = (kind: Kind, length: number) => bytes.set(kind, (bytes.get(kind) ?? 0) + length);
  devtools.on('Network.responseReceived', ({ requestId, response, type }) => {
    const { pathname } = new URL(response.url);
    const kind = kindOf(type, pathname);
    asked.set(requestId, { kind, path: pathname });
    const encoding = Object.entries(response.headers).find(([name]) => name.toLowerCase() === 'content-encoding');
    if (kind && kind !== 'icons' && encoding?.[1] !== 'br') plain.push(pathname);
  });
  devtools.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const kind = asked.get(requestId)?.kind;
    if (kind) count(kind, encodedDataLength);
  });
  await page.goto(path);
  const noted = await moments(page, 'navigation');
  // A browser with a window brings the icon of its tab as well.
  const loaded = new Set([...asked.values()].map((one) => one.path));
  for (const icon of await page.locator('link[rel~=icon]').evaluateAll((links) => links.map((link) => (link as HTMLLinkElement).href))) {
    const { pathname } = new URL(icon, world.drydock.url);
    if (icon.startsWith('data:') || loaded.has(pathname)) continue;
    const answer = await context.request.get(pathname);
    count('icons', Number(answer.headers()['content-length'] ?? (await answer.body()).length));
  }
  await context.close();
  return { ...noted, bytes, plain };
}

test('the first load', async ({ world, browser }) => {
  // Started and ready, and nobody has logged in yet.
  const idle = memory(world.drydock.pid);
  const rosa = await startedRun(world, 'script');
  await ended(rosa, 'Succeeded');
  const run = new URL(rosa.url()).pathname;
  await rosa.goto('/');
  const cookies = () => rosa.context().cookies();
  for (const [name, path] of [['Updates', '/'], ['a run page', run]] as const) {
    for (const [processor, rate] of PROCESSORS) {
      const rounds: Loaded[] = [];
      for (let n = 0; n < ROUNDS; n += 1) rounds.push(await load(world, browser, cookies, path, rate));
      const of = (pick: (round: Loaded) => number) => median(rounds.map(pick));
      if (rate === 1) {
        expect(rounds[0].bytes.get('WASM'), 'WASM was loaded').toBeGreaterThan(0);
        const kinds = KINDS.map((kind) => [kind, of((round) => round.bytes.get(kind) ?? 0)] as const);
        const sum = kinds.reduce((sum, [, bytes]) => sum + bytes, 0);
        const plain = rounds[0].plain.length ? `; not by brotli: ${rounds[0].plain.join(', ')}` : '';
        row(`${name}, empty cache: what comes, with its headers (${kinds.filter(([, bytes]) => bytes).map(([kind, bytes]) => `${kind} ${kilobytes(bytes)}`).join(', ')}${plain})`, kilobytes(sum));
        goal(`${name}: first load at most ${kilobytes(ALL_OF_IT)} by brotli in all`, sum <= ALL_OF_IT);
      }
      row(`${name}, empty cache: first contentful paint, ${processor}`, ms(of((round) => round.painted)));
      const alive = of((round) => round.alive);
      row(`${name}, empty cache: until its buttons work without a form, ${processor}`, ms(alive));
      if (rate > 1) goal(`${name}: the first button works within ${FIRST_BUTTON / 1000} s, ${processor}`, alive <= FIRST_BUTTON);
    }
  }
  row('server: resident memory, idle', `${idle.toFixed(0)} MB`);
  row(`server: resident memory after a run and ${4 * ROUNDS + 10} pages`, `${memory(world.drydock.pid).toFixed(0)} MB`);
});
