import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { causeWords } from './cause-words.ts';
import type { FailureText } from './fingerprint.ts';
import { fingerprintOf } from './fingerprint.ts';
import { plainText, referencesIn, scrub } from './scrub.ts';
import { framesOf, topFrames } from './stack.ts';

const handler = (message: string, stack?: string): FailureText => ({
  error: { code: 'HANDLER_FAILED', message, ...(stack !== undefined && { stack }) },
});
const command = (output: string, exitCode = 1): FailureText => ({
  error: { code: 'COMMAND_FAILED', message: `command exited with code ${exitCode}` },
  output,
});
const patternOf = (failure: FailureText): string => fingerprintOf(failure)?.pattern ?? 'none';

const node = (line: number, dir: string, name = 'loadRows'): string =>
  `TypeError: x\n    at ${name} (${dir}/src/rows.ts:${line}:7)\n    at process.processTicksAndRejections (node:internal/process/task_queues:105:5)`;

/** The same failure, twice: everything that differs is an accident. */
const TOGETHER: readonly (readonly [string, FailureText, FailureText])[] = [
  ['ids', handler('order 4711 not found'), handler('order 98 not found')],
  ['names with numbers', handler('order ORD-17-B not found'), handler('order ORD-9981 not found')],
  [
    'uuids',
    handler('job 0b6d0f4c-1d1c-8f0e-6a0c-44cf3ab0bd65 vanished'),
    handler('job 9f1c0f4c-1d1c-4f0e-aa0c-44cf3ab0bd11 vanished'),
  ],
  [
    'ulids',
    handler('task 01JD3WYT50DRDJFHKV3EABCDEF vanished'),
    handler('task 01JC0WYT50DRDJFHKV3EABCD00 vanished'),
  ],
  [
    'hex',
    handler('bad object deadbeef01 at 0x7ffe12ab'),
    handler('bad object cafe44 00'.replace(' 00', '00aa') + ' at 0x10'),
  ],
  ['times', handler('no data for 2026-11-20T10:11:12.123Z'), handler('no data for 2025-01-02 03:04:05')],
  ['durations', handler('gave up after 30s'), handler('gave up after 1.5 minutes')],
  ['sizes', handler('needs 512 MiB'), handler('needs 2GiB')],
  [
    'addresses',
    handler('connect ECONNREFUSED 10.2.7.19:8443'),
    handler('connect ECONNREFUSED 127.0.0.1:5432'),
  ],
  [
    'paths',
    handler("ENOENT: no such file or directory, open '/tmp/run-1/x.csv'"),
    handler("ENOENT: no such file or directory, open '/tmp/run-22/x.csv'"),
  ],
  ['quoted values', handler("user 'bob' may not"), handler("user 'alice o' may not")],
  [
    'pods',
    handler('pod payments-6d9c7b5f44-x8k2p is in CrashLoopBackOff'),
    handler('pod payments-7f8d9c6b55-k2m4n is in CrashLoopBackOff'),
  ],
  ['lines of a Node stack', handler('boom', node(12, '/srv/a')), handler('boom', node(99, '/home/ci/ws/17'))],
  [
    'lines of a Python stack',
    command(
      'Traceback (most recent call last):\n  File "/srv/a/imp.py", line 3, in load\n    x()\nKeyError: \'a\'',
    ),
    command(
      'Traceback (most recent call last):\n  File "/opt/b/imp.py", line 88, in load\n    x()\nKeyError: \'b\'',
    ),
  ],
  [
    'places in a compiler message',
    command("src/a.ts(1,2): error TS2345: Argument of type 'A' is not assignable to parameter of type 'B'."),
    command(
      "src/a.ts(41,17): error TS2345: Argument of type 'C' is not assignable to parameter of type 'D'.",
    ),
  ],
  [
    'a time before a log line',
    command('2026-11-20 10:11:12,123 ERROR db down'),
    command('2026-11-21 08:00:00,001 ERROR db down'),
  ],
  ['colours', command('\u001b[31mError: db down\u001b[0m'), command('Error: db down')],
  [
    'goroutines',
    command('panic: nil map\n\ngoroutine 44 [running]:\nmain.load(0xc000)\n\t/build/1/main.go:33 +0x9c'),
    command('panic: nil map\n\ngoroutine 7 [running]:\nmain.load(0xc0ff)\n\t/build/2/main.go:35 +0x12'),
  ],
];

/** Different failures that look alike. */
const APART: readonly (readonly [string, FailureText, FailureText])[] = [
  [
    'answers of a server',
    handler('https://a.example/x answered 404 Not Found'),
    handler('https://a.example/x answered 503 Service Unavailable'),
  ],
  [
    'bare answers of a server',
    handler('expected status 200, got 404'),
    handler('expected status 200, got 503'),
  ],
  ['codes of a compiler', command('a.ts(1,2): error TS2345: no'), command('a.ts(1,2): error TS2322: no')],
  ['codes of a database', handler('ORA-00942: failed'), handler('ORA-01555: failed')],
  ['codes of Rust', command('error[E0502]: cannot borrow'), command('error[E0499]: cannot borrow')],
  ['errno', handler('connect ECONNREFUSED 10.2.7.19:8443'), handler('connect ETIMEDOUT 10.2.7.19:8443')],
  ['our own codes', handler('no answer'), { error: { code: 'HTTP_FAILED', message: 'no answer' } }],
  [
    'missing modules',
    command("Error: Cannot find module 'lodash'"),
    command("Error: Cannot find module 'react'"),
  ],
  [
    'missing tables',
    command('ERROR: relation "users" does not exist'),
    command('ERROR: relation "orders" does not exist'),
  ],
  [
    'causes below a general line',
    command('error: disk quota of tenant reached\nerror: timed out waiting for the condition'),
    command('error: readiness probe has no endpoint\nerror: timed out waiting for the condition'),
  ],
  [
    'places in the code',
    handler('boom', node(12, '/srv/a', 'loadRows')),
    handler('boom', node(12, '/srv/a', 'saveRows')),
  ],
  ['classes of errors', command("KeyError: 'a'"), command("ValueError: 'a'")],
  [
    'hosts',
    handler('https://a.example/x could not be called'),
    handler('https://b.example/x could not be called'),
  ],
  [
    'ports of a named host',
    handler('cannot reach db.internal:5432'),
    handler('cannot reach db.internal:6379'),
  ],
  ['files', handler('cannot read /etc/app/a.yaml'), handler('cannot read /etc/app/b.yaml')],
  [
    'names of failed tests',
    command(' FAIL  a.test.ts > adds\nAssertionError: expected 1 to be 2'),
    command(' FAIL  a.test.ts > subtracts\nAssertionError: expected 1 to be 3'),
  ],
  [
    'names of libraries',
    handler('libnss3.so: cannot open shared object file'),
    handler('libssl3.so: cannot open shared object file'),
  ],
  ['words', handler('disk is full'), handler('disk is slow')],
];

describe('fingerprintOf', () => {
  it.each(TOGETHER)('gives failures with different %s one fingerprint', (_, a, b) => {
    expect(patternOf(a)).toBe(patternOf(b));
    expect(fingerprintOf(a)).toBeDefined();
  });

  it.each(APART)('gives failures with different %s different fingerprints', (_, a, b) => {
    expect(patternOf(a)).not.toBe(patternOf(b));
  });

  it('returns the fingerprints of earlier versions', () => {
    const golden = JSON.parse(
      readFileSync(new URL('golden/fingerprints.json', import.meta.url), 'utf8'),
    ) as readonly {
      readonly failure: FailureText;
      readonly hash: string;
      readonly pattern: string;
    }[];
    for (const { failure, ...expected } of golden) expect(fingerprintOf(failure) ?? {}).toEqual(expected);
    expect(golden.length).toBeGreaterThan(20);
  });

  it.each([
    ['an exit code', command('', 137)],
    ['a signal', { error: { code: 'COMMAND_FAILED', message: 'command was killed by SIGKILL' } }],
    ['closing lines', command('make: *** [Makefile:7: build] Error 1\nERROR: Job failed: exit code 1')],
    ['a progress bar', command('building  42 % [=====>     ]\r')],
    ['a timeout', { error: { code: 'ATTEMPT_TIMEOUT', message: 'the attempt ran longer than 30s' } }],
    ['an error without a message', handler('Error: failed')],
  ])('returns nothing for %s alone', (_, failure) => {
    expect(fingerprintOf(failure)).toBeUndefined();
  });

  it('is of the lines that tell the cause, and not of what is around them', () => {
    const failure = command(
      'starting import 17\nERROR: replica of orders refused writes\nERROR: Job failed: exit code 1',
    );
    expect(patternOf(failure)).toBe('COMMAND_FAILED | replica orders refused writes');
  });

  it('is the same when parallel work prints its lines in another order', () => {
    const lines = ['error: column total is ambiguous', 'error: view sales is stale'];
    expect(patternOf(command(lines.join('\n')))).toBe(patternOf(command(lines.toReversed().join('\n'))));
  });

  it('returns 16 hexadecimal digits and a pattern of limited length', () => {
    const found = fingerprintOf(handler('x'.repeat(100_000)));
    expect(found?.hash).toMatch(/^[0-9a-f]{16}$/);
    expect(found?.pattern.length).toBeLessThan(800);
  });
});

describe('causeWords', () => {
  it('keep names and codes in their order, without words of every failure', () => {
    expect(
      causeWords('Error: ORA-00942 in org.shop.Load: HTTP 503 from db.internal:5432, exit code 137'),
    ).toEqual(['ora-00942', 'org.shop.load', 'http', '503', 'db.internal', '5432', '137']);
  });

  it('ignore every number and id', () => {
    const accident = fc.oneof(
      fc.integer({ min: 10, max: 99_999_999 }).map((n) => `item ${n}`),
      fc.uuid().map((id) => `item ${id}`),
    );
    fc.assert(
      fc.property(accident, (item) => {
        expect(causeWords(`could not store ${item}: lost`)).toEqual(['store', 'item', 'lost']);
      }),
    );
  });

  it('keep a quoted name and a quoted message, and no quoted value', () => {
    expect(causeWords(`column "amount" is 'Jane Miller'`)).toEqual(['column', 'amount']);
    expect(causeWords(`user 'bob' got "relation stock has no key"`)).toEqual([
      'user',
      'got',
      'relation',
      'stock',
      'key',
    ]);
    expect(causeWords("can't open 'a' of host \"db-7\"")).toEqual(['open', 'host']);
  });
});

describe('topFrames', () => {
  it.each([
    [
      'Node',
      '    at async Store.save (file:///srv/app/src/store.ts:10:3)\n    at node:internal/main:1:1',
      'Store.save',
      'store.ts',
    ],
    [
      'Java',
      'java.lang.IllegalStateException: x\n\tat org.junit.Runner.run(Runner.java:5)\n\tat shop.Orders.save(Orders.java:92)',
      'shop.Orders.save',
      'Orders.java',
    ],
    [
      'Rust',
      'stack backtrace:\n   0: rust_begin_unwind\n             at /rustc/abc/library/std/src/panicking.rs:1:2\n   1: index::merge::run\n             at ./src/index/merge.rs:211:17',
      'index::merge::run',
      'merge.rs',
    ],
    [
      'Go',
      'goroutine 1 [running]:\nmain.load(0xc000, 0x1)\n\t/build/cmd/main.go:33 +0x9c',
      'main.load',
      'main.go',
    ],
    [
      'Python',
      'Traceback (most recent call last):\n  File "/srv/x.py", line 1, in main\n  File "/srv/rows.py", line 2, in load\n  File "/usr/lib/python3.12/site-packages/p.py", line 2, in get',
      'load',
      'rows.py',
    ],
  ])('reads a stack of %s, with frames of the program before those of libraries', (_, text, name, file) => {
    expect(topFrames(text, 1)).toEqual([{ function: name, file, isOurs: true }]);
  });

  it('returns no frame for a text without a stack', () => {
    expect(framesOf('we met at noon (at the station:3)')).toEqual([]);
  });
});

describe('plainText', () => {
  it.each([
    'psycopg2.OperationalError: no',
    'psycopg2.errors.DiskFull: no',
    'another operation (install/upgrade/rollback) is in progress',
  ])('leaves %s unchanged', (text) => expect(plainText(text)).toBe(text));
});

describe('scrub, plainText and referencesIn', () => {
  it('keep codes, words, names with digits, and file names', () => {
    expect(scrub('E11000 in /srv/run/17/import.py, utf-8, sha256, HTTP 503, exit code 137')).toBe(
      'E11000 in import.py, utf-8, sha256, HTTP 503, exit code 137',
    );
  });

  it('leave a readable sentence without volatile parts', () => {
    expect(plainText('order 4711 of 2026-11-20 was not found (took 53ms)')).toBe(
      'order of was not found (took)',
    );
    expect(plainText('wrote orders-2026-11-20.dump')).toBe('wrote orders.dump');
  });

  it('return the references that the sentence leaves out, and no times', () => {
    expect(
      referencesIn('2026-11-20T10:11:12Z order ORD-17 of batch 4711 on 10.2.7.19:8443 took 53ms'),
    ).toEqual(['ord-17', '4711', '10.2.7.19:8443']);
  });

  it('change nothing in a scrubbed text', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 5 }), fc.nat(), (words, n) => {
        const once = scrub(`${words} ${n} at 2026-01-01`);
        expect(scrub(once)).toBe(once);
      }),
    );
  });
});
