import { defineConfig } from 'vitest/config';
import type { ViteUserConfig } from 'vitest/config';

const config: ViteUserConfig = defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/built.ts'],
    pool: 'forks',
    // Files share the modules of their process: half of the time was spent to load them again. No test may rely on a fresh one.
    isolate: false,
    // Vitest leaves one CPU free unless told otherwise: on two that would be half of the machine.
    maxWorkers: '100%',
    execArgv: ['-C', 'source'],
    testTimeout: 30_000,
  },
});

export default config;
