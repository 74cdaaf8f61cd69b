import { globSync } from 'node:fs';
import path from 'node:path';
import type { TaskSpec } from '@precedent/contracts';
import type { Verdict } from '@precedent/contract-types';
import type { Band, ErrorCode } from '@precedent/kernel';

/** How a task has to end for the demo to be what it says it is. */
export interface Expectation {
  readonly state: Verdict;
  readonly code?: ErrorCode;
  readonly retries: number;
}

export interface PlannedTask {
  readonly spec: TaskSpec & { readonly id: string; readonly band: Band };
  readonly expected: Expectation;
}

export interface LoadTargets {
  /** The root of this repository. */
  readonly root: string;
  /** Of the endpoint. */
  readonly url: string;
}

const PROJECT = 'demo';
/** Low tasks, at most: enough that the others have something to overtake. */
const TEXTS_MAX = 900;
const COMPLETED: Expectation = { state: 'completed', retries: 0 };

/** Every task of the demo but the urgent ones, which come while these run. */
export const planLoad = (targets: LoadTargets): PlannedTask[] => [
  ...texts(targets),
  ...checks(targets),
  ...calls(targets),
  ...mishaps(),
  ...chores(targets),
];

/** A critical task, which comes in while the others run. */
export const urgentTask = (number: number): PlannedTask =>
  planned('critical', `urgent-${number}`, { command: 'echo', args: [`urgent ${number}`] });

const planned = (
  band: Band,
  name: string,
  spec: TaskSpec,
  expected: Expectation = COMPLETED,
): PlannedTask => ({
  spec: { ...spec, id: `demo-${name}`, name: name.replaceAll('_', '/'), band, project: PROJECT },
  expected,
});

/** Words and terms of this repository's own sources. */
const texts = ({ root }: LoadTargets): PlannedTask[] => {
  const files = globSync('{libs,apps,test,tools}/*/{src/**/*.ts,README.md}', {
    cwd: root,
    exclude: (name) => name === 'node_modules',
  });
  const more = globSync('{docs,test/src}/**/*.{md,ts}', { cwd: root });
  const rounds = [...files, ...more, ...files].slice(0, TEXTS_MAX);
  return rounds.map((file, index) =>
    planned('low', `text-${index}`, {
      type: 'text.process',
      payload: { path: path.join(root, file), operations: ['count', 'words', 'top-terms', 'hash'] },
    }),
  );
};

/** What a build server would run: the compiler, the linter, and a part of the tests. */
const checks = ({ root }: LoadTargets): PlannedTask[] => {
  const bin = path.join(root, 'node_modules/.bin');
  const check = (name: string, command: string, args: readonly string[]): PlannedTask =>
    planned('normal', name, {
      command: path.join(bin, command),
      args: [...args],
      cwd: root,
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' },
      retry: { max: 0 },
      timeouts: { attempt: '90s' },
    });
  return [
    check('type-check', 'tsc', ['--noEmit', '-p', 'tsconfig.json']),
    check('lint', 'oxlint', ['--type-aware', '--deny-warnings', 'libs', 'apps']),
    ...['kernel', 'tasks', 'scheduling', 'config'].map((lib) =>
      check(`tests-of-${lib}`, 'vitest', ['run', '--project', 'unit', `libs/${lib}/`]),
    ),
  ];
};

const HTTP_RETRY = { max: 3, delay: 150, jitter: 0 };

const calls = ({ url }: LoadTargets): PlannedTask[] => {
  const call = (name: string, statuses: string, expected: Expectation = COMPLETED): PlannedTask =>
    planned(
      'normal',
      name,
      { type: 'http', payload: { url: `${url}/${name}/${statuses}` }, retry: HTTP_RETRY },
      expected,
    );
  return [
    ...numbered(12, (n) => call(`call-${n}`, '200')),
    ...numbered(5, (n) => call(`shaky-call-${n}`, '503/503/200', { state: 'completed', retries: 2 })),
    ...numbered(2, (n) =>
      call(`broken-call-${n}`, '500', { state: 'failed', code: 'HTTP_FAILED', retries: 3 }),
    ),
    call('missing-page', '404', { state: 'failed', code: 'HTTP_FAILED', retries: 0 }),
  ];
};

/** The task that the demo cancels once it runs. */
export const TO_CANCEL = 'demo-never-ending';

const mishaps = (): PlannedTask[] => [
  ...numbered(3, (n) =>
    planned(
      'normal',
      `exit-3-${n}`,
      { command: 'echo "this went wrong" >&2; exit 3', retry: { max: 1, delay: 100, jitter: 0 } },
      { state: 'failed', code: 'COMMAND_FAILED', retries: 1 },
    ),
  ),
  planned(
    'normal',
    'no-such-program',
    { command: 'no-such-program', args: ['--at-all'] },
    { state: 'failed', code: 'COMMAND_NOT_FOUND', retries: 0 },
  ),
  planned(
    'normal',
    'too-long',
    { command: 'sleep', args: ['60'], timeouts: { attempt: 700 }, retry: { max: 0 } },
    { state: 'timed_out', code: 'ATTEMPT_TIMEOUT', retries: 0 },
  ),
  planned(
    'high',
    'never-ending',
    { command: 'sleep 600 & sleep 601 & wait' },
    { state: 'cancelled', code: 'CANCELLED', retries: 0 },
  ),
  planned(
    'normal',
    'no-worker-accepts-this',
    { type: 'demo.unknown', timeouts: { queue: 2_000 } },
    { state: 'timed_out', code: 'QUEUE_TIMEOUT', retries: 0 },
  ),
];

/** Small commands of higher urgency. */
const chores = ({ root }: LoadTargets): PlannedTask[] =>
  numbered(40, (n) =>
    planned('high', `chore-${n}`, { command: 'wc -l README.md CHANGELOG.md', cwd: root, retry: { max: 0 } }),
  );

/** A dropped task that no rule can accept, as text: it has to turn up as rejected. */
export const BAD_DROP = { id: 'demo-bad', text: '{"id":"demo-bad","comand":"echo oops"}' };

const numbered = <T>(count: number, make: (number: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index + 1));
