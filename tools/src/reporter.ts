import type { Reporter, TestModule } from 'vitest/node';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Prints the outcome alone on one line, after everything else, for people and programs that read only that. */
export class ClosingLine implements Reporter {
  readonly #write: (text: string) => void;

  constructor(write: (text: string) => void = (text) => process.stdout.write(text)) {
    this.#write = write;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    this.#write(`\n${closingLine(countTests(modules, unhandledErrors.length))}\n`);
  }
}

/**
 * A file that cannot be loaded, a hook that fails and an error outside any test have no test of their own; each counts
 * as one failure, so that a failed run never reads "0 failed".
 */
const countTests = (modules: readonly TestModule[], unhandledErrors: number): Counts => {
  const states = modules.flatMap((module) =>
    [...module.children.allTests()].map((test) => test.result().state),
  );
  const suites = modules.flatMap((module) => [...module.children.allSuites()]);
  const broken = [...modules, ...suites].filter((one) => one.errors().length > 0);
  const count = (...wanted: readonly string[]): number =>
    states.filter((state) => wanted.includes(state)).length;
  return {
    passed: count('passed'),
    failed: count('failed') + broken.length + unhandledErrors,
    skipped: count('skipped', 'pending'),
  };
};

export const closingLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;

/** The closing line in the output of a test run. */
export const closingLineIn = (output: string): string | undefined =>
  output.match(/^\d+ passed, \d+ failed(, \d+ skipped)?$/gm)?.at(-1);
