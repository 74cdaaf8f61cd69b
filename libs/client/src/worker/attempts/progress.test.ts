import { describe, expect, it } from 'vitest';
import type { WorkerMessage } from '@precedent/contracts';
import { ProgressThrottle } from './progress.ts';

const make = () => {
  const sent: (number | string)[] = [];
  let now = 0;
  let arrived = (): void => undefined;
  const publish = (message: WorkerMessage): void => {
    if (message.kind !== 'progress') return;
    sent.push(message.message ?? message.fraction);
    arrived();
  };
  const board = new ProgressThrottle({ session: 's', publish }, () => now);
  return {
    board,
    sent,
    at: (ms: number) => {
      now = ms;
    },
    next: () =>
      new Promise<void>((resolve) => {
        arrived = resolve;
      }),
  };
};

describe('progress', () => {
  it('goes off at once, then at most every 100 ms for each task', () => {
    const { board, sent, at } = make();
    const [a, b] = [
      { id: 'a', epoch: 1 },
      { id: 'b', epoch: 1 },
    ] as const;
    board.report(a, 0.1);
    at(99);
    board.report(a, 0.2);
    board.report(b, 0.7);
    at(100);
    board.report(a, 0.3);
    board.close();
    expect(sent).toEqual([0.1, 0.7, 0.3]);
  });

  it('sends the last one after all', async () => {
    const { board, sent, next } = make();
    const lease = { id: 'a', epoch: 1 };
    board.report(lease, 0.1);
    const later = next();
    board.report(lease, 0.2);
    board.report(lease, 0.3);
    await later;
    board.finish(lease);
    expect(sent).toEqual([0.1, 0.3]);
  });

  it('draws what is out of bounds to the nearer end, and ignores what is no number', () => {
    const { board, sent, at } = make();
    const lease = { id: 'a', epoch: 1 };
    for (const [step, fraction] of [-1, Number.NaN, 7].entries()) {
      at(step * 1_000);
      board.report(lease, fraction);
    }
    board.report(lease, 0.5, 'x'.repeat(600));
    board.finish(lease);
    board.close();
    expect(sent).toEqual([0, 1, 'x'.repeat(500)]);
  });
});
