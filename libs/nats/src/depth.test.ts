import { describe, expect, it } from 'vitest';
import { checkTask } from './check-task.ts';
import { DEPTH_MAX, isTooDeep } from './depth.ts';
import { readWorkerMessage } from './worker-messages.ts';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
const measured = (text: string): boolean => isTooDeep(JSON.parse(text), text.length);

describe('the limit of nesting', () => {
  it('lets the limit pass and nothing beyond it', () => {
    expect(measured(nested(DEPTH_MAX))).toBe(false);
    expect(measured(nested(DEPTH_MAX + 1))).toBe(true);
    expect(measured(`{"a":[1,{"b":${nested(DEPTH_MAX)}}]}`)).toBe(true);
  });

  it('refuses a task that would break the check of it', () => {
    const payload: unknown = JSON.parse(nested(100_000));
    expect(checkTask({ type: 't', payload }, { bytes: 200_000 })).toMatchObject({
      problem: { code: 'INVALID_TASK', message: 'task: nested deeper than 256 levels' },
    });
  });

  it('makes a failure of a result that could not be written again', () => {
    const result: unknown = JSON.parse(nested(100_000));
    const settled = [{ id: 't1', epoch: 1, outcome: 'completed', result }];
    expect(readWorkerMessage({ kind: 'report', session: 's1', settled }, 200_100)).toMatchObject({
      settled: [{ outcome: 'failed', error: { code: 'RESULT_TOO_LARGE' } }],
    });
  });
});
