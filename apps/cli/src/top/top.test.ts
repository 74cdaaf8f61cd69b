import type { TaskView } from '@precedent/contract-types';
import { AppError } from '@precedent/kernel';
import { describe, expect, it } from 'vitest';
import { NOW, runFake } from '../testing/fake-cli.ts';
import type { FakeClient } from '../testing/fake-cli.ts';
import { aStatus, aTask, aWorker } from '../testing/fixtures.ts';
import { displayWidth } from '../terminal/width.ts';
import { frameOf } from './frame.ts';
import type { Sight } from './frame.ts';

const tasks: readonly TaskView[] = [
  aTask({ id: '01M8M92R9NC468FS22XPMFVN3K', commandLine: 'make all', worker: 'w1' }),
  aTask({
    id: '01M8M92J23049ZX62AJQRTGHZH',
    state: 'queued',
    band: 'low',
    attempt: 0,
    waiting: { reason: 'no_worker', detail: 'no worker offers type command in pool gpu' },
  }),
];
const decision = {
  id: 'd1',
  at: NOW - 5_000,
  task: 't',
  outcome: 'preempts',
  victims: ['v'],
  record: {},
  explanation: 'takes the slot of v',
};
const sight: Sight = { status: aStatus(), workers: [aWorker()], tasks, decisions: [decision] };

/** A cell that answers until `looks` looks were taken. */
const cell = (looks = 9): FakeClient => {
  let taken = 0;
  const status = async () => {
    if (++taken > looks) throw new AppError('ENGINE_UNREACHABLE', 'no engine answered');
    return sight.status;
  };
  return {
    status,
    workers: async () => sight.workers,
    list: async () => ({ tasks, truncated: false }),
    decisions: async () => sight.decisions,
  };
};

describe('a frame of top', () => {
  it('shows bands, workers, what runs and waits and why, and preemptions', () => {
    const text = frameOf(sight, { now: NOW, columns: 80, rows: 24 }).join('\n');
    for (const part of [
      'cell main running',
      'critical',
      'w1',
      'make all',
      'no worker offers',
      'takes the slot of v',
    ])
      expect(text).toContain(part);
  });

  it('has no more lines and columns than the terminal, however much there is', () => {
    const many = Array.from({ length: 90 }, (_, at) => aTask({ id: `t${at}`, name: '数据'.repeat(40) }));
    const workers = Array.from({ length: 30 }, (_, at) => aWorker({ id: `w${at}` }));
    for (const [columns, rows] of [
      [80, 24],
      [60, 16],
      [200, 60],
      [40, 5],
    ] as const) {
      const lines = frameOf({ ...sight, tasks: many, workers }, { now: NOW, columns, rows });
      expect(lines.length).toBeLessThan(rows);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
    }
    const lines = frameOf({ ...sight, tasks: many }, { now: NOW, columns: 80, rows: 24 });
    expect(lines.join('\n')).toMatch(/… \d+ more tasks/);
  });
});

describe('precedent top', () => {
  it('prints one frame to a pipe, and one document as JSON', async () => {
    const { out } = await runFake(['top'], { client: cell() });
    expect(out).toContain('make all');
    expect(out).not.toContain('\u001b');
    expect(JSON.parse((await runFake(['top', '--json'], { client: cell() })).out)).toMatchObject({ tasks });
  });

  it('lives in the other screen of a terminal until q, and leaves the terminal as it was', async () => {
    const onKeys = (press: (key: string) => void): void => press('q');
    const { exit, out } = await runFake(['top'], { client: cell(), columns: 80, onKeys });
    expect([exit, out]).toEqual([0, '\u001b[?1049h\u001b[?25l\u001b[?25h\u001b[?1049l']);
  });

  it('goes on while the engine is away, and says so', async () => {
    let press = (_key: string): void => undefined;
    const run = runFake(['top', '--interval', '100ms'], {
      client: {
        ...cell(1),
        workers: async () => sight.workers,
        list: async () => {
          if (++lists === 3) press('q');
          return { tasks, truncated: false };
        },
      },
      columns: 80,
      onKeys: (listener) => (press = listener),
    });
    let lists = 0;
    const { out } = await run;
    expect(out).toContain('ENGINE_UNREACHABLE: no engine answered; trying again');
  });

  it('refuses an interval that is none', async () => {
    expect(await runFake(['top', '--interval', '1ms'], { client: cell() })).toMatchObject({ exit: 64 });
  });
});
