import { withoutEscapes } from './scrub.ts';

/** Names of failed tests, as runners write them: Vitest, pytest, Go, Jest, Playwright, JUnit, TAP. */
const FAILED_TEST: readonly RegExp[] = [
  /^[ \t]*FAIL[ \t]+(\S+ > .+)$/m,
  /^FAILED (\S+::\S+)/m,
  /^--- FAIL: (\w+)/m,
  /^[ \t]*\u25cf (.+ \u203a .+)$/m,
  /^[ \t]*\d+\) (?:\[\w+\] \u203a )?(\S.* \u203a .+)$/m,
  /^\[ERROR\][ \t]+(\w+\.\w+):\d+/m,
  /^not ok \d+ -? ?(.+)$/m,
];

/** The first test that failed, in the output of a test runner. */
export const failedTestOf = (output: string): string | undefined => {
  const text = withoutEscapes(output);
  for (const pattern of FAILED_TEST) {
    const name = pattern.exec(text)?.[1];
    if (name !== undefined) return name.trim();
  }
  return undefined;
};
