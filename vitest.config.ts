import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { boundCompileCache } from './test/support/compile-cache.ts';
import { LongestFirst } from './test/support/sequencer.ts';

// For the many processes that import the same: the workers, and the services that the tests start.
const compileCache = join(import.meta.dirname, 'node_modules/.cache/badge-groups');
boundCompileCache(compileCache);
process.env['NODE_COMPILE_CACHE'] = compileCache;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // The files that a worker runs share its modules and its databases: to load them takes longer than most files.
    isolate: false,
    // The embedded database is WebAssembly, which is not worth optimising for a minute.
    execArgv: ['--liftoff-only'],
    sequence: { sequencer: LongestFirst },
    globalSetup: ['test/support/global-setup.ts'],
    // Node runs the sources here as it does in production; bundled, ours would see a second copy of graphql.
    experimental: { viteModuleRunner: false },
    // The OAuth server of the tests warns that it is not fit for production.
    onConsoleLog: (line) => !line.startsWith('oidc-provider '),
    // More than the two cores of a small machine: much of the time goes by waiting for processes and time-outs.
    maxWorkers: 3,
    // Polls end with what they wait for: on a busy machine that comes late.
    expect: { poll: { timeout: 10_000 } },
    // For what hangs: on a busy machine a drill of many processes takes a minute.
    testTimeout: 120_000,
    hookTimeout: 60_000,
    teardownTimeout: 60_000,
  },
});
