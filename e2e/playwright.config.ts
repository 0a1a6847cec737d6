// Browser tests run in the system's Chromium: nothing is downloaded. `cargo xtask test e2e` builds and names the
// binaries (DRYDOCK_BINARY, DRYDOCK_LAB_BINARY) and reads the JSON report.
import { existsSync } from 'node:fs';
import { defineConfig, devices } from '@playwright/test';

const chromium = process.env.DRYDOCK_CHROMIUM ?? ['/usr/bin/chromium-headless-shell', '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

// Without a graphics card the process that draws takes a third of the processor for nothing.
const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-gpu'];
// Chromium's sandbox refuses to start as root.
const asRoot = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

export default defineConfig({
  testDir: './tests',
  outputDir: './test-results',
  // Each story starts its own lab and server, and waits for them half of its time; four are what two cores carry.
  workers: 4,
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['json', { outputFile: process.env.DRYDOCK_BROWSER_REPORT ?? './test-results/report.json' }]],
  use: {
    launchOptions: { executablePath: chromium, args: [...quiet, ...asRoot] },
    locale: 'en-GB',
    timezoneId: 'Europe/Brussels',
    screenshot: 'only-on-failure',
    // What is written for a trace takes a sixth of the processor: with DRYDOCK_TRACE, when a failure is looked into.
    trace: process.env.DRYDOCK_TRACE ? 'retain-on-failure' : 'off',
    contextOptions: { reducedMotion: 'reduce' },
  },
  projects: [
    { name: 'hydrated', use: { ...devices['Desktop Chrome'] }, testIgnore: /\.no-js\.spec\.ts$/ },
    // Reading, approving and aborting must work without WASM: stories in *.no-js.spec.ts.
    { name: 'no-js', use: { ...devices['Desktop Chrome'], javaScriptEnabled: false }, testMatch: /\.no-js\.spec\.ts$/ },
  ],
});
