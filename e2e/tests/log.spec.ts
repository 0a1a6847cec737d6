// The log of a run: colours, lines that are written over, one host, errors, finding, following; and very many lines at once.
import type { Page } from '@playwright/test';
import { alive, ended, startedRun } from '../fixtures/journey';
import { inspect } from '../fixtures/shots';
import { expect, test, type World } from '../fixtures/story';

test.use({ pace: 'demo' });
test.setTimeout(240_000);

/** What a step can tell; see server/model/src/event.rs. */
type Kind = Record<string, unknown>;

/** Stands in for the stream: what a run tells is told by the test, as fast as it likes. */
function stream(): void {
  class Stream extends EventTarget {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSED = 2;
    readyState = 1;
    onmessage: ((event: MessageEvent) => void) | null = null;
    onopen: (() => void) | null = null;
    onerror: (() => void) | null = null;
    constructor(readonly url: string) {
      super();
      Object.assign(window, { stream: this, seq: Number(new URL(url, location.href).searchParams.get('after')) });
    }
    close(): void {
      this.readyState = 2;
    }
  }
  Object.assign(window, { EventSource: Stream });
}

/** The run tells this next. */
async function tell(page: Page, kinds: Kind[]): Promise<void> {
  await page.evaluate((kinds) => {
    const here = window as unknown as { stream: { onmessage(event: MessageEvent): void }; seq: number };
    for (const kind of kinds) {
      here.seq += 1;
      here.stream.onmessage(new MessageEvent('message', { data: JSON.stringify({ seq: here.seq, at: Date.now(), kind }) }));
    }
  }, kinds);
}

/** A page of a run under way whose stream is the test, and a step of it that begins now. */
async function told(world: World): Promise<{ page: Page; print(host: string, text: string, pipe?: 'stdout' | 'stderr'): Kind; fail(): Kind }> {
  const page = await startedRun(world, 'native');
  await alive(page);
  await page.addInitScript(stream);
  await page.reload();
  await alive(page);
  await page.waitForFunction(() => 'stream' in window);
  const step = await page.evaluate(() => {
    const island = document.querySelector<HTMLElement>('leptos-island[data-component^=RunLive]')!;
    const { outline, state } = JSON.parse(island.dataset.props!).beginning;
    const steps = outline.stages.flatMap((stage: { steps: { id: string }[] }) => stage.steps);
    return steps.map((step: { id: string }) => step.id).reverse().find((id: string) => !(id in state.steps)) as string;
  });
  await tell(page, [{ event: 'step_started', step, attempt: 1, spool: null, expires: null }]);
  return {
    page,
    print: (host, text, pipe = 'stdout') => ({ event: 'output', step, attempt: 1, host, stream: pipe, offset: 0, text }),
    fail: () => ({ event: 'step_failed', step, reason: 'refused', again: false }),
  };
}

const log = (page: Page) => page.getByRole('log', { name: 'Output of the commands' });
const line = (page: Page, text: string) => log(page).locator('.log-line', { hasText: text });

/** Whether the last line is in view. */
const isAtEnd = (page: Page) => log(page).evaluate((log) => log.scrollHeight - log.scrollTop - log.clientHeight <= 2);

test('colours, hosts, errors and what is looked for are found in a log that is followed until somebody scrolls', async ({ world }) => {
  const { page, print, fail } = await told(world);
  await tell(page, [
    print('ms1', 'plain \u001b[1;31mred and bold\u001b[0m <b>\n 10%\r 50%'),
    print('ms2', 'of the other\n'),
    print('ms1', '\r100% done\n'),
    print('ms2', 'refused: no such thing\nmore of it\n', 'stderr'),
    fail(),
  ]);
  const red = line(page, 'red and bold').locator('.shade');
  await expect(red).toHaveText('red and bold');
  expect(await red.evaluate((red) => getComputedStyle(red).fontWeight)).toBe('700');
  await expect(line(page, '<b>')).toBeVisible();
  await expect(line(page, '100% done')).toHaveCount(1);
  await expect(log(page).getByText('50%')).toHaveCount(0);
  await expect(page).toHaveTitle(/^(●|⚠|✖|■|⏸) /);
  expect(await page.locator('link[rel=icon]').getAttribute('href')).toMatch(/^data:image\/svg\+xml,/);
  await inspect(page, 'run-log');

  await page.getByLabel('Host', { exact: true }).selectOption('ms2');
  await expect(log(page).locator('.log-line')).toHaveCount(3);
  await page.getByLabel('Pipe').selectOption('stderr');
  await expect(log(page).locator('.log-line')).toHaveCount(2);
  await page.getByLabel('Host', { exact: true }).selectOption('');
  await page.getByLabel('Pipe').selectOption('');

  await page.getByRole('button', { name: 'Next error' }).click();
  await expect(page.getByText('Error 1 of 1')).toBeVisible();
  await expect(log(page).locator('.is-here')).toContainText('refused: no such thing');
  await expect(page.getByRole('link', { name: 'First error of the run' })).toBeVisible();

  await page.getByLabel('Find in these lines').fill('OTHER');
  await expect(page.getByText('In 1 line', { exact: true })).toBeVisible();
  await expect(log(page).locator('mark')).toHaveText('other');
  await page.getByLabel('Find in these lines').press('Enter');
  await expect(page.getByText('1 of 1 lines')).toBeVisible();
  await expect(page.getByRole('link', { name: 'Whole log' })).toHaveAttribute('href', /\/log\?find=OTHER$/);
  await page.getByLabel('Find in these lines').fill('');
  await expect(log(page).locator('mark')).toHaveCount(0);

  await page.getByLabel('Wrap lines').uncheck();
  await expect(log(page)).toHaveClass(/is-unwrapped/);
});

test('twenty thousand lines come at five thousand a second, and the page stays quick', async ({ world }) => {
  const { page, print } = await told(world);
  await page.getByLabel('Follow').check();
  const frames = page.evaluate(async () => {
    const gaps: number[] = [];
    const end = performance.now() + 5_000;
    let last = performance.now();
    while (last < end) {
      const now = await new Promise<number>((done) => requestAnimationFrame(() => done(performance.now())));
      gaps.push(now - last);
      last = now;
    }
    return gaps.sort((one, other) => other - one);
  });
  for (let at = 0; at < 80; at += 1) {
    const lines = Array.from({ length: 250 }, (_, of) => `\u001b[3${of % 8}mline ${at * 250 + of}\u001b[0m of many that were printed\n`);
    await tell(page, [print('ms1', lines.join(''))]);
    await page.waitForTimeout(50);
  }
  const gaps = await frames;
  console.log(`longest frames: ${gaps.slice(0, 5).map((gap) => gap.toFixed(0)).join(', ')} ms`);
  await expect(line(page, 'line 19999 ')).toBeVisible();
  expect(await isAtEnd(page)).toBe(true);
  expect(await log(page).locator('.log-line').count()).toBeLessThan(5_200);
  await expect(page.getByText('These are the last lines.')).toBeVisible();

  await log(page).hover();
  await page.mouse.wheel(0, -2_000);
  await expect(page.getByLabel('Follow')).not.toBeChecked();
  await tell(page, [print('ms1', 'one more\nand another\n')]);
  await page.getByRole('button', { name: '2 new lines' }).click();
  await expect(line(page, 'and another')).toBeVisible();
  await expect(page.getByLabel('Follow')).toBeChecked();
  await expect.poll(() => isAtEnd(page)).toBe(true);
});

test('the whole log is read, searched and walked through without a script of the page', async ({ world }) => {
  const rosa = await startedRun(world, 'script');
  await ended(rosa, 'Succeeded');
  await expect(rosa).toHaveTitle(/^✔ Succeeded – Restart System VMs/);
  await rosa.getByRole('link', { name: 'Whole log' }).click();
  await expect(rosa.getByRole('heading', { name: 'Whole log' })).toBeVisible();
  await expect(rosa.getByRole('region', { name: 'Output' }).locator('.log-line').first()).toBeVisible();
  await inspect(rosa, 'log');
  // The server reads what was printed within a second or two.
  await expect(async () => {
    await rosa.getByLabel('Text').fill('routing vm');
    await rosa.getByRole('button', { name: 'Show', exact: true }).click();
    await expect(rosa.locator('#found mark').first()).toBeVisible({ timeout: 1_000 });
  }).toPass({ timeout: 30_000 });
  await inspect(rosa, 'log-found');
  await rosa.getByLabel('Text').fill('');
  await rosa.getByLabel('Go to a time (UTC) or a part').fill('soon');
  await rosa.getByRole('button', { name: 'Show', exact: true }).click();
  await expect(rosa.getByText('is neither a time such as')).toBeVisible();
});
