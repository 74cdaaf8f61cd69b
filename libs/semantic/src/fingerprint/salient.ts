import { cutText } from '@precedent/kernel';
import { withoutEscapes } from './scrub.ts';
import { isStackLine } from './stack.ts';

/** Patterns of lines of test runners, compilers and runtimes that explain a failure, the most telling first. */
const TELLING: readonly RegExp[] = [
  /^\s*(?:[\w.]*(?:Error|Exception|Failure|Fault|Panic|Interrupt|Timeout))(?:\s?\[[\w-]+\])?:/,
  /^E\s{2,}\S|\.(?:go|rs|c|cc|cpp|h|hpp|swift|kt|java|ts|tsx|py|rb|cs):\d+:\d+:? /,
  /^Caused by: |^(?:thread '.*' )?panicked at|^panic: |fatal error|^Fatal: |^Exception in thread/i,
  /\berror(?:\[E\d{4}\]| TS\d+| CS\d+|:| C\d{4})|^error\b|: error |^\s+\d+:\d+\s+error\s|\bORA-\d{5}/i,
  /^\s*(?:AssertionError|FAIL(?:ED)?\b|✗|✕|×|not ok \d|--- FAIL:|● |\d+\) )|^WARNING: DATA RACE/,
  /\b(?:FATAL|CRITICAL|ERROR|ERRO|ERR!|SEVERE|PANIC)\b/,
  /\b(?:error occurred|not authorized|failed|failure|cannot|could not|can't|unable to|denied|refused|not found|no such|timed out|timeout|killed|out of memory|oom|exceeded|invalid|unexpected|missing|aborted|rejected|unauthorized|forbidden|conflict|corrupt|mismatch|exhausted|no space|locked|expired|undefined|unresolved|unreachable|violat\w+|crossed)\b/i,
  /\bWARN(?:ING)?\b/,
];

/** The rank of a line: 0 is the most telling, `TELLING.length` not telling at all. */
const rankOf = (line: string): number => {
  const at = TELLING.findIndex((pattern) => pattern.test(line));
  return at < 0 ? TELLING.length : at;
};

/** Summaries at the end of a run, which are the same for every failure. */
const SUMMARY =
  /^(?:npm (?:ERR!|error) (?:code ELIFECYCLE|A complete log|Exit status|errno|Lifecycle|This is probably|There is likely|\s)|make(?:\[\d+\])?: \*\*\*|error Command failed|Tests?:?\s+\d|Test Suites:|=+ .*|-{5,}|\*\*.*\*\*$|\d+ (?:failed|passed|problems?)\b.*|Process exited|exit status \d+$|command exited with|FAIL(?:ED)?\s*$|FAIL\t\S+(?:\t[\d.]+s)?$|FAILURES!?$|BUILD FAILED.*|FAILURE: Build failed with an exception\.|\[INFO\] .*|error: could not compile|error: aborting due|error: test failed|For more information about|ERROR: failed to solve$|<?-+ .* -+>?$|Aborted \(core dumped\)|> @?[^\s@]+@\S+ \S+$|goroutine \d+.*)/i;

interface Line {
  readonly text: string;
  readonly at: number;
  readonly rank: number;
}

/** Longer lines are cut before they are ranked. */
const LINE_CHARS = 400;

const linesOf = (output: string): readonly Line[] =>
  withoutEscapes(output)
    .split(/\r?\n/)
    .map((whole, at) => {
      const line = cutText(whole, LINE_CHARS);
      return { text: line.trim(), at, rank: rankOf(line) };
    })
    .filter(({ text }) => text !== '' && !isStackLine(text) && !SUMMARY.test(text));

/** The most telling lines first; of equal rank, later lines first. */
const byWeight = (lines: readonly Line[]): readonly Line[] =>
  lines.toSorted((a, b) => a.rank - b.rank || b.at - a.at);

const inOrder = (lines: readonly Line[]): readonly string[] =>
  lines.toSorted((a, b) => a.at - b.at).map(({ text }) => text);

/** The lines of an output that explain a failure, at most `max`, in their order. */
export const salientLines = (output: string, max: number): readonly string[] =>
  inOrder(byWeight(linesOf(output).filter(({ rank }) => rank < TELLING.length)).slice(0, max));

/** The most telling line; the last one, if several have the same rank. */
export const mostTelling = (output: string): string | undefined => salientLines(output, 1)[0];

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
