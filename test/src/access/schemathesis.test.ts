import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { ROLES } from '@precedent/contract-types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedCell } from './closed-cell.ts';
import type { ClosedCell } from './interfaces.ts';

/** Schemathesis 4 of PyPI, such as `.venv/bin/schemathesis`. Without it these tests are skipped: no test loads anything. */
const PROGRAM = process.env['PRECEDENT_TEST_SCHEMATHESIS'];
const EXAMPLES = process.env['PRECEDENT_TEST_EXAMPLES'] ?? '20';
const MINUTES = 10;

/** What Schemathesis shall not do, each with its reason. */
const CONFIGURATION = `
[checks]
# The services check requests by rules that JSON schema cannot say, such as that one of two fields is given, or that a cursor is of an earlier page.
positive_data_acceptance.enabled = false
# In addition to the default: an If-Match that does not hold, and a path or a head that is too long.
negative_data_rejection.expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 428, 429, 431, "5xx"]
`;

const TASK = { type: 'work', payload: { says: 'something' }, namespace: 'acme', project: 'web' };

/** One event of each stream shows its shape: most streams have no end. */
const STREAMS = ['task_events', 'live', 'history_feed', 'history_logs'];
const FOLLOWING = `${CONFIGURATION}
[[operations]]
include-operation-id = ${JSON.stringify(STREAMS)}
headers = { Accept = "text/event-stream" }
max-stream-events = 1
request-timeout = 2
`;

const PLACES = [
  ...ROLES.filter((role) => role !== 'worker').map((role) => ({ role, namespace: 'acme' })),
  { role: 'admin', namespace: '*' } as const,
];

const stack = new AsyncDisposableStack();
afterAll(() => stack.disposeAsync());

describe.skipIf(PROGRAM === undefined)('Schemathesis, with all checks and phases', () => {
  let cell: ClosedCell;
  beforeAll(async () => {
    cell = await closedCell(stack);
  });

  it.each(PLACES)(
    'finds no failure as $role of $namespace',
    async ({ role, namespace }) => {
      const principal = `${role}-${namespace === '*' ? 'cell' : namespace}`;
      await cell.grant(principal, { role, namespace, project: '*' });
      const key = await cell.key(principal);
      const options = ['--exclude-operation-id=task_events', '--exclude-operation-id=live'];
      const { code, output } = await run(key.text, { configuration: CONFIGURATION, options });
      expect(code, output).toBe(0);
    },
    MINUTES * 60_000,
  );

  it(
    'finds no failure in streams',
    async () => {
      await cell.grant('follower', { role: 'submitter', namespace: 'acme', project: '*' });
      const key = await cell.key('follower');
      for (const n of [1, 2, 3]) await cell.client.submit({ ...TASK, id: `acme--followed-${n}` });
      const options = ['submit_submit', ...STREAMS].map((id) => `--include-operation-id=${id}`);
      const { code, output } = await run(key.text, { configuration: FOLLOWING, options });
      expect(code, output).toBe(0);
    },
    MINUTES * 60_000,
  );

  const run = async (
    key: string,
    { configuration, options }: { readonly configuration: string; readonly options: readonly string[] },
  ) => {
    const file = path.join(cell.dataDir, 'schemathesis.toml');
    writeFileSync(file, configuration);
    const child = spawn(
      PROGRAM ?? '',
      [
        '--config-file',
        file,
        'run',
        `${cell.http}/api/v1/openapi.json`,
        '--no-color',
        '--warnings=off',
        `--header=Authorization: Bearer ${key}`,
        `--max-examples=${EXAMPLES}`,
        '--phases=examples,coverage,fuzzing,stateful',
        '--seed=1',
        '--request-timeout=45',
        ...options,
      ],
      { cwd: cell.dataDir, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    const [output] = await Promise.all([
      text(child.stdout),
      new Promise<void>((resolve) => child.once('close', () => resolve())),
    ]);
    return { code: child.exitCode, output };
  };
});
