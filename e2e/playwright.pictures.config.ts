// The pictures of the README, of the real product over simulated platforms: made by hand when a page has changed, and looked at.
//     DRYDOCK_BINARY=… DRYDOCK_LAB_BINARY=… node_modules/.bin/playwright test --config playwright.pictures.config.ts
// As root, because a cluster is simulated as root only. DRYDOCK_PICTURES_FOLDER says where to, if not to docs/pictures.
import base from './playwright.config';

export default {
  ...base,
  testDir: './pictures',
  testMatch: /\.pictures\.ts$/,
  workers: 1,
  timeout: 600_000,
  reporter: [['line']],
  projects: base.projects?.slice(0, 1),
};
