import type { TestModule } from 'vitest/node';
import { describe, expect, it } from 'vitest';
import { ClosingLine, closingLine, closingLineIn } from './reporter.ts';

/** A file of tests as the runner hands it over; only what the reporter reads. */
const file = (states: readonly string[], errors = 0): TestModule =>
  ({
    children: {
      allTests: () => states.map((state) => ({ result: () => ({ state }) })),
      allSuites: () => [],
    },
    errors: () => Array.from({ length: errors }, () => new Error('cannot load')),
  }) as unknown as TestModule;

const report = (modules: readonly TestModule[], unhandled: readonly unknown[] = []): string => {
  let text = '';
  new ClosingLine((part) => (text += part)).onTestRunEnd(modules, unhandled);
  return text;
};

describe('the closing line', () => {
  it('counts tests over all files and stands alone on the last line', () => {
    expect(report([file(['passed', 'failed']), file(['passed'])])).toBe('\n2 passed, 1 failed\n');
  });

  it('tells of skipped tests only when there are some', () => {
    expect(closingLine({ passed: 1, failed: 0, skipped: 0 })).toBe('1 passed, 0 failed');
    expect(report([file(['passed', 'skipped'])])).toBe('\n1 passed, 0 failed, 1 skipped\n');
  });

  it('never says "0 failed" of a run that failed outside its tests', () => {
    expect(report([file([], 1)])).toBe('\n0 passed, 1 failed\n');
    expect(report([file(['passed'])], [new Error('unhandled')])).toBe('\n1 passed, 1 failed\n');
  });

  it('is found again in what a run printed', () => {
    expect(closingLineIn('noise\n3 passed, 0 failed\n\n12 passed, 0 failed, 1 skipped\n')).toBe(
      '12 passed, 0 failed, 1 skipped',
    );
    expect(closingLineIn('it said "3 passed, 0 failed"')).toBeUndefined();
  });
});
