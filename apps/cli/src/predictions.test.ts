import type { PredictReply } from '@precedent/client';
import type { TaskWarning, WhyView } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { runFake } from './testing/fake-cli.ts';
import type { FakeClient } from './testing/fake-cli.ts';
import { aTask } from './testing/fixtures.ts';

const LIKELY_TO_FAIL: TaskWarning = {
  reason: 'likely_to_fail',
  odds: 0.9,
  low: 0.6,
  high: 0.98,
  support: 10,
  evidence: ['p1'],
};
const LIKELY_TO_TIME_OUT: TaskWarning = {
  reason: 'likely_to_time_out',
  p90: 40_000,
  timeoutMs: 30_000,
  suggestedMs: 80_000,
  support: 12,
  evidence: ['p1'],
};

const predicting = (reply: Omit<PredictReply, 'looked'>): FakeClient & { requests: unknown[] } => {
  const requests: unknown[] = [];
  const predict = async (...about: unknown[]): Promise<PredictReply> => {
    requests.push(about);
    return { ...reply, looked: 12 };
  };
  return {
    requests,
    search: { predict },
    submit: async () => ({ id: 't1', seq: 1, door: 'ask' }),
    logs: async function* () {},
    wait: async () => aTask({ id: 't1', state: 'completed' }),
    get: async () => aTask({ id: 't1' }),
  };
};

describe('who submits', () => {
  it('is warned in one line next to the id, and the task is taken', async () => {
    const client = predicting({ warnings: [LIKELY_TO_FAIL, LIKELY_TO_TIME_OUT] });
    expect(await runFake(['submit', 'report'], { client })).toMatchObject({
      exit: 0,
      out: 't1\n',
      err:
        'warning: likely to fail: 90 % of 10 similar tasks failed (at least 60 %); ' +
        'likely to time out: one in ten of 12 similar runs takes longer than 40.0s, its timeout is 30.0s, suggested timeout 1m 20s\n',
    });
  });

  it('asks about what is submitted, and waits little', async () => {
    const client = predicting({});
    const argv = ['submit', '--namespace', 'acme', '--name', 'n', '--timeout', '9s', '--', 'ls', '-l'];
    expect((await runFake(argv, { client })).err).toBe('');
    const about = { namespace: 'acme', name: 'n', timeout: '9s', command: 'ls', args: ['-l'] };
    expect(client.requests).toEqual([[about, { timeoutMs: 300 }]]);
  });

  it('finds the warnings in the JSON', async () => {
    const client = predicting({ warnings: [LIKELY_TO_FAIL] });
    const { out, err } = await runFake(['submit', '--json', 'report'], { client });
    expect([JSON.parse(out), err]).toEqual([
      { id: 't1', seq: 1, door: 'ask', warnings: [LIKELY_TO_FAIL] },
      '',
    ]);
  });

  it('and waits for the end is warned too, the JSON at its end', async () => {
    const client = predicting({ warnings: [LIKELY_TO_FAIL] });
    expect((await runFake(['run', 'report'], { client })).err).toMatch(/^task t1\nwarning: likely to fail/);
    const { out } = await runFake(['run', '--json', 'report'], { client });
    expect(JSON.parse(out)).toMatchObject({ kind: 'task', warnings: [LIKELY_TO_FAIL] });
  });

  it('reports the refusal of the task, and no prediction', async () => {
    const client = predicting({ warnings: [LIKELY_TO_FAIL] });
    const submit = () => Promise.reject(new Error('full'));
    const { exit, err } = await runFake(['submit', 'report'], { client: { ...client, submit } });
    expect(exit).not.toBe(0);
    expect(err).not.toContain('warning');
  });
});

describe('who looks at a task', () => {
  const duration = {
    p10: 1_000,
    p50: 2_000,
    p90: 4_000,
    basis: 'spec',
    support: 9,
    evidence: [],
  } as const;

  it('sees what is predicted of an open one', async () => {
    const client = predicting({ duration });
    expect((await runFake(['get', 't1'], { client })).out).toMatch(
      /\n\nduration 2.0s \(1.0s to 4.0s; 9 runs of the same spec\)\n$/,
    );
    const json = JSON.parse((await runFake(['get', '--json', 't1'], { client })).out) as unknown;
    expect(json).toMatchObject({ id: 't1', prediction: { duration } });
  });

  it('sees nothing of it when too little is known, or when it is over', async () => {
    const unknown = (await runFake(['get', 't1'], { client: predicting({}) })).out;
    const get = async () => aTask({ id: 't1', state: 'completed' });
    const over = (await runFake(['get', 't1'], { client: { ...predicting({ duration }), get } })).out;
    for (const text of [unknown, over]) expect(text).not.toMatch(/takes|cases/);
  });

  it('reads when it starts and ends, and by what', async () => {
    const rest = { task: aTask(), reasons: [], preemptedBy: [], displaced: [], decisions: [] };
    const within = { earliest: 1_000, likely: 2_000, latest: 4_000 };
    const shown = async (more: Partial<WhyView>): Promise<string> => {
      const why = async (): Promise<WhyView> => ({ ...rest, ...more });
      return (await runFake(['why', 't1'], { client: { why } })).out;
    };
    expect(await shown({ startsInMs: { ...within, basis: 'predictions', support: 9 } })).toContain(
      '  it starts in about 2.0s (1.0s to 4.0s), by predictions from 9 runs or more\n',
    );
    expect(await shown({ startsInMs: { ...within, basis: 'pace' } })).toContain(
      ', by the recent throughput\n',
    );
    expect(await shown({ duration, endsInMs: within })).toContain(
      '  it ends in about 2.0s (1.0s to 4.0s)\n  it takes about 2.0s (1.0s to 4.0s), by 9 similar runs\n',
    );
  });
});
