// `cargo xtask bench browser`: the pages as somebody sees them who waits for them. Not a test: figures are printed, and beside each
// mark whether it is met. What was to be measured and did not happen is a failure.
import base from './playwright.config';

export default {
  ...base,
  testDir: './bench',
  testMatch: /\.bench\.ts$/,
  // Nothing else happens meanwhile.
  workers: 1,
  fullyParallel: false,
  timeout: 900_000,
  reporter: [['line']],
  projects: base.projects?.slice(0, 1),
};
