import { describe, expect, it } from 'vitest';
import { taskTitleOf } from './task-title.ts';

describe('the title of a task', () => {
  it('has the name, and the command as people write it', () => {
    const body = JSON.stringify({ name: 'n', command: 'sh', args: ['-c', "it's here", 'a=b'] });
    expect(taskTitleOf(body)).toEqual({ name: 'n', commandLine: String.raw`sh -c 'it'\''s here' a=b` });
  });

  it('is empty without name and command, also where a payload has fields of these names', () => {
    expect(taskTitleOf('{}')).toEqual({});
    expect(taskTitleOf(JSON.stringify({ payload: { name: 'x', command: 'y' } }))).toEqual({});
  });

  it('is cut between characters', () => {
    const { commandLine = '' } = taskTitleOf(JSON.stringify({ command: '😀'.repeat(500) }));
    expect(commandLine.length).toBeLessThanOrEqual(200);
    expect(commandLine.isWellFormed()).toBe(true);
  });
});
