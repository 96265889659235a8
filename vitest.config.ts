import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Node runs the sources here as it does in production; bundled, ours would see a second copy of graphql.
    experimental: { viteModuleRunner: false },
    // The OAuth server of the tests warns that it is not fit for production.
    onConsoleLog: (line) => !line.startsWith('oidc-provider '),
    // Much of a test is waiting for processes.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
