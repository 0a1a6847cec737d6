// What the measurements have in common: rows of a table, medians, a slow processor, and moments that the page itself notes.
import { appendFileSync, readFileSync } from 'node:fs';
import type { CDPSession, Page } from '@playwright/test';

/** Each figure is the median of so many. */
export const ROUNDS = 5;

/** As the machine is, and as a cheap laptop is. */
export const PROCESSORS = [['as it is', 1], ['processor 4 times slower', 4]] as const;

export function median(values: number[]): number {
  return percentile(values, 50);
}

export function percentile(values: number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.ceil((sorted.length * percent) / 100) - 1;
  return sorted[Math.max(0, at)] ?? Number.NaN;
}

export const ms = (value: number) => `${Math.round(value)} ms`;
export const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} KB`;

/** A line of the table, at once: what a later measurement breaks off with takes nothing away. */
export function row(label: string, figure: string): void {
  appendFileSync(process.env.DRYDOCK_BENCH_REPORT ?? '/dev/stdout', `| ${label} | ${figure} |\n`);
}

/** Whether a mark is met. What is no number is not. */
export function goal(label: string, isMet: boolean): void {
  row(`goal: ${label}`, isMet ? 'met' : '**missed**');
}

export async function slowedDown(page: Page, rate: number): Promise<CDPSession> {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate });
  return devtools;
}

/** The page itself notes the moments; asking it again and again from here would cost it time and be late. */
export async function noteMoments(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const once = (name: string, isSo: () => boolean, options: MutationObserverInit) => {
      const look = (observer?: MutationObserver) => {
        if (!isSo()) return false;
        observer?.disconnect();
        performance.mark(name);
        return true;
      };
      if (!look()) new MutationObserver((_, observer) => look(observer)).observe(document, { subtree: true, ...options });
    };
    once('alive', () => document.documentElement?.hasAttribute('data-alive') ?? false, { attributes: true, attributeFilter: ['data-alive'], childList: true });
    // A frame with a heading in it was painted when the next task runs.
    const untilPainted = () => {
      if (!document.querySelector('main h1')?.getClientRects().length) return void requestAnimationFrame(untilPainted);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => performance.mark('headed');
      channel.port2.postMessage(null);
    };
    requestAnimationFrame(untilPainted);
    // In what the next page of this tab counts from.
    addEventListener('click', (event) => sessionStorage.setItem('clicked', String(performance.timeOrigin + event.timeStamp)), true);
  });
}

export interface Moments {
  /** First contentful paint. */
  painted: number;
  /** The heading of the page is on the screen. */
  headed: number;
  /** The islands of the page answer. */
  alive: number;
  /** How much has moved by itself until then, by the measure of browsers (CLS): 0 is nothing. */
  moved: number;
}

/** Milliseconds after the navigation began, or after the click that led here. */
export async function moments(page: Page, since: 'navigation' | 'click'): Promise<Moments> {
  await page.locator('html[data-alive]').waitFor({ state: 'attached' });
  return page.evaluate(async (since) => {
    const entry = (name: string) => performance.getEntriesByName(name)[0]?.startTime;
    while (entry('first-contentful-paint') === undefined || entry('headed') === undefined || entry('alive') === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const zero = since === 'click' ? Number(sessionStorage.getItem('clicked')) - performance.timeOrigin : 0;
    const of = (name: string) => (entry(name) ?? Number.NaN) - zero;
    const moved = await new Promise<number>((resolve) => {
      let sum = 0;
      const add = (list: PerformanceObserverEntryList) => list.getEntries().forEach((one) => (sum += (one as PerformanceEntry & { value: number }).value));
      new PerformanceObserver(add).observe({ type: 'layout-shift', buffered: true });
      setTimeout(() => resolve(sum), 100);
    });
    return { painted: of('first-contentful-paint'), headed: of('headed'), alive: of('alive'), moved };
  }, since);
}

/** Resident memory of a process in MB. */
export function memory(pid: number): number {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').split('\n').find((line) => line.startsWith('VmRSS:'));
  return Number(line?.replace(/\D/g, '')) / 1000;
}
