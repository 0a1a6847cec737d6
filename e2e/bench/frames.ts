// How smoothly a page is drawn while something happens on it.
import type { Page } from '@playwright/test';

export interface Frames {
  /** Milliseconds between the beginnings of two frames. */
  between: number[];
  /** Frames that took longer than 50 ms, as the browser itself reports them. */
  long: number[];
}

/** Watches for so many milliseconds. */
export function watchFrames(page: Page, length: number): Promise<Frames> {
  return page.evaluate((length) => new Promise<Frames>((resolve) => {
    const between: number[] = [];
    const long: number[] = [];
    const observer = new PerformanceObserver((list) => long.push(...list.getEntries().map((entry) => entry.duration)));
    observer.observe({ type: 'long-animation-frame' });
    let [begun, last] = [0, 0];
    const frame = (now: number) => {
      if (last) between.push(now - last);
      begun ||= now;
      last = now;
      if (now - begun < length) return void requestAnimationFrame(frame);
      // Entries come a little after their frame.
      setTimeout(() => {
        observer.disconnect();
        resolve({ between, long });
      }, 200);
    };
    requestAnimationFrame(frame);
  }), length);
}

/** The longest frame since the page was loaded, if one took longer than 50 ms. */
export function longestSinceLoaded(page: Page): Promise<number> {
  return page.evaluate(() => new Promise<number>((resolve) => {
    const durations: number[] = [0];
    new PerformanceObserver((list) => durations.push(...list.getEntries().map((entry) => entry.duration))).observe({ type: 'long-animation-frame', buffered: true });
    setTimeout(() => resolve(Math.max(...durations)), 300);
  }));
}
