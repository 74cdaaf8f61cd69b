import { describe, expect, it } from 'vitest';
import { AttemptBoard, attemptsOn, mayPauseOn, tickOn, ticksOn } from './attempt-board.ts';

const lease = (id: string) => ({ id, epoch: 12, attempt: 3 });

describe('AttemptBoard', () => {
  it('shows the attempts that run, and none that has ended', () => {
    const board = new AttemptBoard();
    const row = board.add(lease('a'), 'video.encode');
    board.add(lease('b'), 'text.größe');
    expect(attemptsOn(board.memory)).toHaveLength(2);
    board.remove(row);
    expect(attemptsOn(board.memory)).toEqual([{ id: 'b', epoch: 12, attempt: 3, type: 'text.größe' }]);
  });

  it('leaves out the attempts that it has no room for, and uses a row again', () => {
    const board = new AttemptBoard();
    const rows = Array.from({ length: 70 }, (_, at) => board.add(lease(`t${at}`), 'x'));
    expect(attemptsOn(board.memory)).toHaveLength(64);
    for (const row of rows) board.remove(row);
    expect(attemptsOn(board.memory)).toEqual([]);
    board.add(lease('again'), 'x');
    expect(attemptsOn(board.memory)).toMatchObject([{ id: 'again' }]);
  });

  it('has room for the longest id and type', () => {
    const board = new AttemptBoard();
    board.add({ id: 'i'.repeat(64), epoch: 2 ** 31, attempt: 1_000 }, 't'.repeat(100));
    expect(attemptsOn(board.memory)).toMatchObject([{ id: 'i'.repeat(64), type: 't'.repeat(100) }]);
  });

  it('counts the ticks of the loop apart from them', () => {
    const { memory } = new AttemptBoard();
    tickOn(memory, false);
    expect([ticksOn(memory), mayPauseOn(memory)]).toEqual([1, false]);
    tickOn(memory, true);
    expect([ticksOn(memory), mayPauseOn(memory), attemptsOn(memory)]).toEqual([2, true, []]);
  });
});
