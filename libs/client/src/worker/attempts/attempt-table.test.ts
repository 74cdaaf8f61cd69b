import { describe, expect, it } from 'vitest';
import { AttemptTable } from './attempt-table.ts';

const anAttempt = (id: string, epoch: number, isRunning = true) => ({ id, epoch, isRunning });

describe('the table of attempts', () => {
  it('holds several of one task until each is released', () => {
    const table = new AttemptTable();
    const [first, second] = [anAttempt('a', 1), anAttempt('a', 2)];
    table.add(first);
    table.add(second);
    expect(table.latest('a')).toBe(second);
    expect(table.find({ id: 'a', epoch: 1 })).toBe(first);
    table.release(second);
    expect(table.latest('a')).toBeUndefined();
    expect(table.find({ id: 'a', epoch: 1 })).toBe(first);
    table.release(first);
    expect(table.size).toBe(0);
  });

  it('names those that run first, and never leaves one of them out', () => {
    const table = new AttemptTable();
    table.add(anAttempt('ended', 1, false));
    table.add(anAttempt('a', 1));
    table.add(anAttempt('b', 1));
    expect(table.names(3).map(([id]) => id)).toEqual(['a', 'b', 'ended']);
    expect(table.names(2).map(([id]) => id)).toEqual(['a', 'b']);
  });
});
