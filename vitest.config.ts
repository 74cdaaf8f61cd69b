import { defineConfig } from 'vitest/config';
import { ClosingLine } from './tools/src/reporter.ts';

/** Tests that measure the time of the processor: each has a process to itself. */
const MEASURED = 'libs/*/src/**/linear.test.ts';
/** Handlers that keep every processor busy: nothing runs next to them. */
const BUSY = '{test,libs/*}/src/**/uncooperative*.test.ts';
/** Threads and processes of their own, some of which block: they share a process with no other test. */
const REAL = 'libs/*/src/**/*.real.test.ts';
const conditions = ['precedent:source'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    setupFiles: ['./libs/testkit/src/property-seed.setup.ts'],
    reporters: ['default', new ClosingLine()],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['libs/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tools/src/**/*.test.ts'],
          exclude: [MEASURED, REAL],
          pool: 'threads',
          isolate: false,
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        // Real servers and processes, after the quick ones: they mostly wait, so that two files at a time take little more than half as long.
        extends: true,
        test: {
          name: 'real',
          include: ['test/src/**/*.test.ts', REAL],
          exclude: [BUSY],
          pool: 'forks',
          maxWorkers: 2,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: [MEASURED, BUSY],
          pool: 'forks',
          maxWorkers: 1,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
