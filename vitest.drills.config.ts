import { defineConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** Production in small: each needs programs that npm does not bring, and the processors for itself. */
export default defineConfig({
  ...config,
  test: { ...config.test, include: ['test/**/*.drill.ts'], maxWorkers: 1, passWithNoTests: true },
});
