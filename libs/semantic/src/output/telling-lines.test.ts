import { describe, expect, it } from 'vitest';
import { tellingLines, weighedLines } from './telling-lines.ts';

const messages = (output: string, max = 10): readonly string[] =>
  tellingLines(output, max).map(({ message }) => message);
const first = (output: string): string | undefined =>
  weighedLines(output).toSorted((a, b) => b.weight - a.weight)[0]?.message;

describe('tellingLines', () => {
  it.each([
    [
      'tsc',
      '> build\nsrc/a.ts(1,2): error TS2345: no\nnpm ERR! code ELIFECYCLE',
      'src/a.ts(1,2): error TS2345: no',
    ],
    [
      'pytest',
      'E       AssertionError: assert 1 == 2\n1 failed, 2 passed in 3s',
      'AssertionError: assert 1 == 2',
    ],
    [
      'java',
      'INFO x\nCaused by: java.net.SocketException: closed\n[INFO] BUILD FAILURE',
      'Caused by: java.net.SocketException: closed',
    ],
    [
      'an announced line',
      '✗ Build failed in 812ms\nerror during build:\n"f" is not exported by "m.ts".\nfile: a.ts:3:9',
      '"f" is not exported by "m.ts".',
    ],
    ['a log', 'INFO a happened\nWARN b failed\nERROR c happened\nINFO d happened', 'c happened'],
    [
      'psql in German',
      'Bericht wird erstellt ...\npsql: Fehler: Verbindung fehlgeschlagen\nmake: *** [bericht] Fehler 2',
      'psql: Fehler: Verbindung fehlgeschlagen',
    ],
    [
      'a shell in Japanese',
      'purge: keep=30d\n/usr/bin/env: node: そのようなファイルやディレクトリはありません\nexit status 1',
      '/usr/bin/env: node: そのようなファイルやディレクトリはありません',
    ],
    ['a tool in an unknown language', 'alpha beta\ngamma delta\nzażółć gęślą jaźń', 'zażółć gęślą jaźń'],
    [
      'Oracle',
      'Connected.\nORA-00942: table or view does not exist\nDisconnected',
      'ORA-00942: table or view does not exist',
    ],
    [
      'npm',
      'npm error code E401\nnpm error A complete log of this run can be found in: x.log\nnpm error exit status 1',
      'E401',
    ],
    ['a killed program', '+ ./run --fast\nKilled\nmake: *** [all] Error 137', 'Killed'],
    [
      'make',
      'cc -c a.c\nmake: *** No rule to make target b.h, needed by a.o.  Stop.',
      'make: *** No rule to make target b.h, needed by a.o.  Stop.',
    ],
    [
      'ld',
      'a.o: duplicate symbol x, cannot link\ncollect2: error: ld returned 1 exit status',
      'a.o: duplicate symbol x, cannot link',
    ],
    [
      'python',
      'Traceback (most recent call last):\n  File "a.py", line 3, in f\n    raise KeyError(fail)\nKeyError: sku',
      'KeyError: sku',
    ],
  ])('ranks the cause first in the output of %s', (_, output, line) => {
    expect(first(output)).toBe(line);
    expect(messages(output)).toContain(line);
  });

  it.each([
    'exit status 1',
    'Process completed with exit code 1.',
    'make: *** [Makefile:22: all] Error 2',
    'npm error Lifecycle script `build` failed with error:',
    'BUILD FAILED in 3s',
    'ERROR: Job failed: exit code 1',
    'Traceback (most recent call last):',
    'Test Suites: 1 failed, 12 passed, 13 total',
    'WARNING: apt does not have a stable interface',
    '(node:51) DeprecationWarning: the module `punycode` is deprecated, and does not work',
  ])('prefers any line with a cause to "%s"', (closing) => {
    const cause = 'relation "orders" does not exist';
    expect(first(`${cause}\n${closing}`)).toBe(cause);
    expect(first(`${closing}\n${cause}`)).toBe(cause);
  });

  it('returns the last lines of an output without any telling one, and nothing of one without words', () => {
    expect(messages('alpha one\nbeta two\ngamma three\ndelta four')).toEqual([
      'beta two',
      'gamma three',
      'delta four',
    ]);
    expect(messages('-----\n\n=====')).toEqual([]);
  });

  it('returns more than three lines where the output has them, in their order, and repeated ones once', () => {
    const lines = [
      'error: a is missing',
      'error: b is missing',
      'error: c is missing',
      'error: d is missing',
    ];
    expect(messages(`${lines.join('\n')}\nerror: d is missing`)).toEqual(lines);
    expect(messages(lines.join('\n'), 2)).toEqual(['error: c is missing', 'error: d is missing']);
  });
});
