// `cargo xtask bench page`: how long until the page can be used. Not a test: nothing is asserted, figures are printed.
import base from './playwright.config';

export default { ...base, testDir: './bench', testMatch: /\.bench\.ts$/, workers: 1, reporter: [['line']], projects: base.projects?.slice(0, 1) };
