import { describe, expect, it } from 'vitest';
import { outputLinesOf } from './output-line.ts';

const ESC = '\u001b';

describe('outputLinesOf', () => {
  it.each([
    ['2026-09-14T09:03:17.4471203Z Error: no such pod', 'Error: no such pod', undefined],
    ['[2026-09-14, 01:19:01 UTC] {taskinstance.py:3313} ERROR - Task died', 'Task died', 'error'],
    ['26/08/12 04:11:47 WARN TaskSetManager: Lost task', 'TaskSetManager: Lost task', 'warning'],
    ['Oct 23 02:39:41 media-3 systemd[1]: unit has died', 'unit has died', undefined],
    ['E0926 12:12:20.000102 41231 memcache.go:265] no API', 'no API', 'error'],
    ['#12 0.345 npm error code ERESOLVE', 'ERESOLVE', 'error'],
    ['npm ERR! peer react@17', 'peer react@17', 'error'],
    ['##[error]Process completed', 'Process completed', 'error'],
    ['##[group]Run npm ci', 'Run npm ci', 'info'],
    ['::error file=a.ts,line=3::type is wrong', 'type is wrong', 'error'],
    ['WARN[0000] the attribute is obsolete', 'the attribute is obsolete', 'warning'],
    ['[pod/web-1] [ERROR] no route', 'no route', 'error'],
    ['web-1  | listening', 'listening', undefined],
    ['│ Error: no module', 'Error: no module', undefined],
    ['{"level":"error","ts":1,"msg":"put failed","error":"no space"}', 'put failed: no space', 'error'],
    [
      'time="2026" level=warning msg="put \\"x\\" failed" err="no space"',
      'put "x" failed: no space',
      'warning',
    ],
    ['TypeError: x is not a function', 'TypeError: x is not a function', undefined],
    ['12 files are left', '12 files are left', undefined],
  ])('takes message and level out of "%s"', (raw, message, level) => {
    expect(outputLinesOf(raw)).toEqual([{ raw, message, level }]);
  });

  it('shows what a terminal shows: no colours, and of a progress bar its last state', () => {
    const output = `${ESC}[31mError:${ESC}[0m it broke\r\n\r 10 %\r 20 %\n\n${ESC}]0;title\u0007done`;
    expect(outputLinesOf(output).map(({ raw }) => raw)).toEqual(['Error: it broke', ' 20 %', 'done']);
  });
});
