import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FailureText } from './fingerprint.ts';
import { fingerprintOf, patternOf } from './fingerprint.ts';
import { mostTelling, salientLines } from './salient.ts';
import { plainText, referencesIn, scrub } from './scrub.ts';
import { framesOf, topFrames } from './stack.ts';

const handler = (message: string, stack?: string): FailureText => ({
  error: { code: 'HANDLER_FAILED', message, ...(stack !== undefined && { stack }) },
});
const command = (output: string, exitCode = 1): FailureText => ({
  error: { code: 'COMMAND_FAILED', message: `command exited with code ${exitCode}` },
  exitCode,
  output,
});
const hash = (failure: FailureText): string => fingerprintOf(failure).hash;

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
  ['exit codes', command('', 137), command('', 1)],
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
  ['our own codes', handler('x'), { error: { code: 'HTTP_FAILED', message: 'x' } }],
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
    expect(fingerprintOf(a)).toEqual(fingerprintOf(b));
  });

  it.each(APART)('gives failures with different %s different fingerprints', (_, a, b) => {
    expect(hash(a)).not.toBe(hash(b));
  });

  it('returns the fingerprints of earlier versions', () => {
    const golden = JSON.parse(
      readFileSync(new URL('golden/fingerprints.json', import.meta.url), 'utf8'),
    ) as readonly {
      readonly failure: FailureText;
      readonly hash: string;
      readonly pattern: string;
    }[];
    for (const { failure, ...expected } of golden) expect(fingerprintOf(failure)).toEqual(expected);
    expect(golden.length).toBeGreaterThan(20);
  });

  it('ignores every number, time and id in the message', () => {
    const accident = fc.oneof(
      fc.integer({ min: 10, max: 99_999_999 }).map((n) => `item ${n}`),
      fc.uuid().map((id) => `item ${id}`),
    );
    const expected = patternOf('could not store item 17: lost').replace('<n>', '<>');
    fc.assert(
      fc.property(accident, (item) => {
        expect(patternOf(`could not store ${item}: lost`).replace(/<(?:n|id)>/, '<>')).toBe(expected);
      }),
    );
  });

  it('adds the most telling line of the output to a generic message', () => {
    expect(fingerprintOf(command('INFO start\nERROR: db is down\nINFO bye')).pattern).toBe(
      'COMMAND_FAILED | command exited with code 1: ERROR: db is down',
    );
  });

  it('returns 16 hexadecimal digits and a pattern of limited length', () => {
    const { hash: digits, pattern } = fingerprintOf(handler('x'.repeat(100_000)));
    expect(digits).toMatch(/^[0-9a-f]{16}$/);
    expect(pattern.length).toBeLessThan(800);
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

describe('salientLines and mostTelling', () => {
  it.each([
    [
      'tsc',
      '> build\nsrc/a.ts(1,2): error TS2345: no\nnpm ERR! code ELIFECYCLE',
      'src/a.ts(1,2): error TS2345: no',
    ],
    [
      'pytest',
      'E       AssertionError: assert 1 == 2\n1 failed, 2 passed in 3s',
      'E       AssertionError: assert 1 == 2',
    ],
    ['go test', '--- FAIL: TestX (0.3s)\nFAIL\nFAIL\tpkg\t0.8s', '--- FAIL: TestX (0.3s)'],
    [
      'vitest',
      ' FAIL  a.test.ts > adds\nAssertionError: expected 1 to be 2\n Tests  1 failed',
      'AssertionError: expected 1 to be 2',
    ],
    [
      'java',
      'INFO x\nCaused by: java.net.SocketException: closed\n[INFO] BUILD FAILURE',
      'Caused by: java.net.SocketException: closed',
    ],
    ['a log', 'INFO a\nWARN b\nERROR c\nINFO d', 'ERROR c'],
  ])('find the telling line in the output of %s', (_, output, line) => {
    expect(mostTelling(output)).toBe(line);
  });

  it('return lines in their order', () => {
    const output = 'a\nb\nERROR one\nc\nd\ne\nf\nFATAL two';
    expect(salientLines(output, 5)).toEqual(['ERROR one', 'FATAL two']);
  });
});
