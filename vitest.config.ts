import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// For the many processes that import the same: the workers, and the services that the tests start.
process.env['NODE_COMPILE_CACHE'] ??= join(tmpdir(), 'badge-groups-compile-cache');

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    // Node runs the sources here as it does in production; bundled, ours would see a second copy of graphql.
    experimental: { viteModuleRunner: false },
    // The OAuth server of the tests warns that it is not fit for production.
    onConsoleLog: (line) => !line.startsWith('oidc-provider '),
    // More than the two cores of a small machine: much of the time goes by waiting for processes and time-outs.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 30_000,
  },
});
