import { isAppError } from '@precedent/kernel';
import { LABEL_FIELD } from '@precedent/ports';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TaskFacts } from '../facts.ts';
import { INDEXED_FIELDS } from './document.ts';
import { exactSpecHash, roughDuration, specHash } from './phrases.ts';
import { shapeOf } from './shape.ts';
import { documentsOf } from './task-documents.ts';
import { noteDocument, resolutionDocument, workflowDocument } from './annotation-documents.ts';
import { uuid5 } from './uuid5.ts';

const aTask = (given: Partial<TaskFacts> = {}): TaskFacts => ({
  id: 'task-1',
  namespace: 'default',
  project: 'finance',
  type: 'data.import',
  band: 'normal',
  name: 'Import invoices',
  attempts: [],
  submittedAt: 1_000,
  ...given,
});

const failing = (order: number, at: number): TaskFacts =>
  aTask({
    id: `task-${order}`,
    submittedAt: at,
    attempts: [
      {
        n: 1,
        worker: `w-${order}`,
        startedAt: at + 10,
        endedAt: at + 60_010,
        outcome: 'failed',
        error: { code: 'HANDLER_FAILED', message: `order ${order} not found in /tmp/run-${order}/rows.csv` },
        output: `2026-11-20 10:11:12,${order} ERROR order ${order} not found`,
      },
    ],
  });

const textsOf = (facts: TaskFacts): readonly string[] => documentsOf(facts).map(({ text }) => text);

describe('documents of a labelled task', () => {
  const labelled = { ...failing(1, 5), security: 'secret' };

  it('all have its label, and no text names it', () => {
    for (const { payload, text } of documentsOf(labelled)) {
      expect(payload[LABEL_FIELD]).toBe('secret');
      expect(text).not.toContain('secret');
    }
  });

  it('share no spec with those of tasks without the label, so that none stands for another', () => {
    expect(specHash(labelled)).not.toBe(specHash(failing(1, 5)));
    expect(exactSpecHash(labelled)).not.toBe(exactSpecHash(failing(1, 5)));
  });
});

describe('documentsOf', () => {
  it('makes documents of the spec, of each attempt, and of the error and log of a failed attempt', () => {
    expect(documentsOf(failing(4711, 5)).map(({ kind, text }) => [kind, text])).toEqual([
      ['spec', 'Import invoices (data.import). Project finance.'],
      [
        'attempt',
        'Import invoices (data.import) failed with HANDLER_FAILED. It took a few minutes. Project finance.',
      ],
      ['failure', 'order not found in rows.csv.'],
      ['log_window', 'Import invoices (data.import) failed: order not found in rows.csv.'],
    ]);
  });

  const ofCommand = (output: string, exitCode = 1) => {
    const error = { code: 'COMMAND_FAILED', message: `command exited with code ${exitCode}` };
    const attempt = {
      n: 1,
      worker: 'w',
      startedAt: 1,
      endedAt: 2,
      outcome: 'failed',
      exitCode,
      error,
    } as const;
    const facts = aTask({ type: 'command', name: 'build', attempts: [{ ...attempt, output }] });
    const [failure, window] = documentsOf(facts).filter(
      ({ kind }) => kind === 'failure' || kind === 'log_window',
    );
    return { failure, window };
  };

  it('makes the failure of a command of its telling lines, and the window of more', () => {
    const { failure, window } = ofCommand(
      '> shop@1.0.0 build\n\u001b[31mreading 12 files\u001b[0m\n2026-11-20T10:11:12Z ERROR cannot open ledger.db: disk is full\nmake: *** [build] Error 2',
      2,
    );
    expect(failure?.text).toBe('cannot open ledger.db: disk is full. Exit code 2.');
    expect(window?.text).toBe(
      'build failed: shop@ build; reading files; cannot open ledger.db: disk is full. Exit code 2.',
    );
  });

  it('stores the lines of a failure as they were printed, without secrets', () => {
    const { failure, window } = ofCommand(
      '12:00:01 ERROR login of app failed: password=hunter22\n12:00:02 ERROR E4711 at /srv/app/run-17.py',
    );
    expect(failure?.payload['lines']).toEqual([
      '12:00:01 ERROR login of app failed: password=[secret]',
      '12:00:02 ERROR E4711 at /srv/app/run-17.py',
    ]);
    expect(failure?.payload['refs']).toEqual(
      expect.arrayContaining(['e4711', 'run-17.py', 'srv/app/run-17.py']),
    );
    expect(window?.payload['lines']).toBeUndefined();
  });

  it('makes the failure of a handler of its message, its causes and its place', () => {
    const stack =
      'TypeError: import failed\n    at load (/srv/app/load.ts:12:3)\nCaused by: DbError: relation "orders" does not exist';
    const error = { code: 'HANDLER_FAILED', message: 'import failed', stack };
    const attempt = { n: 1, worker: 'w', startedAt: 1, endedAt: 2, outcome: 'failed', error } as const;
    const failure = documentsOf(aTask({ attempts: [attempt] })).find(({ kind }) => kind === 'failure');
    expect(failure?.text).toBe(
      'TypeError: import failed; Caused by: DbError: relation "orders" does not exist. At load (load.ts).',
    );
    expect(failure?.payload['refs']).toEqual(expect.arrayContaining(['typeerror', 'dberror', 'load.ts']));
  });

  it('keeps an exit code as the text of a command that printed nothing', () => {
    expect(ofCommand('', 3).failure?.text).toBe('command exited with code 3. Exit code 3.');
  });

  it('makes equal texts for runs that differ only in ids, times, numbers, workers and paths', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 99_999 }), fc.nat(1e9), (order, at) => {
        expect(textsOf(failing(order, at))).toEqual(textsOf(failing(4711, 5)));
      }),
    );
  });

  it('derives ids from kind, task and attempt, and from nothing else', () => {
    const [first, again] = [documentsOf(failing(4711, 5)), documentsOf(failing(4711, 5))];
    expect(first).toEqual(again);
    expect(new Set(first.map(({ id }) => id)).size).toBe(first.length);
    const other = documentsOf({ ...failing(4711, 5), namespace: 'other' });
    expect(first.filter(({ id }) => other.some((one) => one.id === id))).toEqual([]);
  });

  it('stores the ids in refs that the texts leave out', () => {
    const failure = documentsOf(failing(4711, 5)).find(({ kind }) => kind === 'failure');
    expect(failure?.payload).toMatchObject({
      task: 'task-4711',
      kind: 'failure',
      outcome: 'failed',
      error_code: 'HANDLER_FAILED',
      duration_ms: 60_000,
      attempt: 1,
    });
    expect(failure?.payload['refs']).toContain('4711');
  });

  it('stores only flat values, by which an index can filter', () => {
    for (const { payload } of documentsOf(failing(1, 5))) {
      for (const value of Object.values(payload))
        expect(['string', 'number', 'object']).toContain(typeof value);
      expect(payload).toMatchObject({
        namespace: 'default',
        at: expect.any(Number),
        text: expect.any(String),
      });
    }
    expect(INDEXED_FIELDS.fingerprint).toBe('keyword');
  });

  it('makes no document of a running attempt, and no failure of a cancelled one', () => {
    const attempt = { n: 1, worker: 'w', startedAt: 1 };
    expect(documentsOf(aTask({ attempts: [attempt] })).map(({ kind }) => kind)).toEqual(['spec']);
    const error = { code: 'CANCELLED', message: 'wrong segment' };
    const cancelled = aTask({ attempts: [{ ...attempt, endedAt: 2, outcome: 'cancelled', error }] });
    expect(documentsOf(cancelled).map(({ kind }) => kind)).toEqual(['spec', 'attempt']);
  });

  it('writes the shape of a payload, and its values only when they are given', () => {
    const shaped = aTask({ payloadShape: shapeOf({ bucket: 'x', rows: [{ n: 1 }] }) });
    expect(textsOf(shaped)[0]).toContain('Parameters: bucket, rows.n.');
    expect(textsOf({ ...shaped, payloadValues: { bucket: 'invoices' } })[0]).toContain('"bucket":"invoices"');
  });

  it('makes documents of preemptions and decisions', () => {
    const facts = aTask({
      decisions: [{ at: 1, outcome: 'wait', explanation: 'no slot is free' }],
      preemptions: [{ at: 2, by: 'task-9', byName: 'Answer chat' }],
    });
    expect(
      documentsOf(facts)
        .slice(1)
        .map(({ text, payload }) => [text, payload['outcome']]),
    ).toEqual([
      ['Decision about Import invoices (data.import), band normal: wait. no slot is free', 'wait'],
      [
        'Import invoices (data.import), band normal, was preempted: it gave its slot to Answer chat.',
        'preempted',
      ],
    ]);
  });

  it('makes short texts of long logs', () => {
    const facts = failing(1, 5);
    const [attempt] = facts.attempts;
    const flood = Array.from(
      { length: 2_000 },
      (_, n) => `ERROR word${n} failed badly ${'x '.repeat(40)}`,
    ).join('\n');
    const documents = documentsOf({ ...facts, attempts: attempt ? [{ ...attempt, output: flood }] : [] });
    for (const { text } of documents) expect(text.length).toBeLessThanOrEqual(1_000);
  });
});

describe('specHash and exactSpecHash', () => {
  it('are equal for tasks that differ only in numbers, except for the exact hash', () => {
    const [a, b] = [
      aTask({ command: 'run.sh', args: ['--batch', '17'] }),
      aTask({ command: 'run.sh', args: ['--batch', '18'] }),
    ];
    expect(specHash(a)).toBe(specHash(b));
    expect(exactSpecHash(a)).not.toBe(exactSpecHash(b));
    expect(exactSpecHash({ ...a, id: 'other', submittedAt: 9, attempts: [] })).toBe(exactSpecHash(a));
  });

  it('differ by command, type and shape of the payload', () => {
    const hashes = [
      aTask(),
      aTask({ type: 'data.export' }),
      aTask({ command: 'run.sh' }),
      aTask({ payloadShape: ['a:string'] }),
    ].map(specHash);
    expect(new Set(hashes).size).toBe(4);
  });
});

describe('shapeOf', () => {
  it('returns keys and types, and no values', () => {
    expect(shapeOf({ b: 'secret', a: { x: 1, y: null }, list: [{ id: 1 }, { id: 'x' }] })).toEqual([
      'a.x:number',
      'a.y:null',
      'b:string',
      'list[].id:number',
      'list[].id:string',
    ]);
    expect(shapeOf('text')).toEqual([':string']);
  });

  it('returns at most 64 keys', () => {
    const wide = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`k${n}`, n]));
    expect(shapeOf(wide).length).toBe(64);
  });
});

describe('documents of annotations', () => {
  const provenance = { namespace: 'default', project: 'finance', by: 'dana', at: 5 };

  it('refuse a resolution without another task as evidence', () => {
    const facts = { ...provenance, task: 'a', evidence: 'b', fingerprint: 'f', text: 'more memory' };
    expect(resolutionDocument(facts).payload).toMatchObject({
      kind: 'resolution',
      evidence: 'b',
      fingerprint: 'f',
    });
    for (const evidence of ['', 'a']) {
      const refused = (): unknown => resolutionDocument({ ...facts, evidence });
      expect(refused).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }));
      expect(refused).toThrow('needs a task');
    }
    expect(isAppError(new Error('x'))).toBe(false);
  });

  it('give equal notes of a project one id', () => {
    const [a, b] = [
      noteDocument({ ...provenance, text: 'x  y' }),
      noteDocument({ ...provenance, text: 'x y', at: 9 }),
    ];
    expect(a.id).toBe(b.id);
    expect(noteDocument({ ...provenance, text: 'x y', project: 'other' }).id).not.toBe(a.id);
  });

  it('describe a workflow by its steps', () => {
    const steps = [
      { name: 'build', type: 'command', after: [] },
      { name: 'publish', type: 'deploy', after: ['build'] },
    ];
    expect(workflowDocument({ ...provenance, id: 'w', name: 'Release', outcome: 'failed', steps }).text).toBe(
      'Workflow Release failed: build (command), publish (deploy) after build. Project finance.',
    );
  });
});

describe('uuid5', () => {
  it('returns UUIDs of version 5 that never change, because stored points have them', () => {
    expect(uuid5('spec', 'default', 'task-1', 0, 0)).toBe('301a8aec-b1b0-5451-90aa-a964f14642a1');
    expect(uuid5('a', 'b')).not.toBe(uuid5('ab'));
  });
});

describe('roughDuration', () => {
  it.each([
    [10, 'under a second'],
    [59_999, 'under a minute'],
    [3_600_000, 'about an hour'],
    [1e9, 'very long'],
  ])('%i ms is %s', (ms, words) => expect(roughDuration(ms)).toBe(words));
});
