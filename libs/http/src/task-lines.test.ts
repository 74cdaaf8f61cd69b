import type { SubmitReply } from '@precedent/contract-types';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lineResults } from './task-lines.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

const STALL_MS = 60_000;

/** A body that grows as the test says, and submissions that are answered when it says so. */
const setup = () => {
  let arrived = Promise.withResolvers<string>();
  const submissions: PromiseWithResolvers<readonly SubmitReply[]>[] = [];
  const body = (async function* () {
    for (;;) {
      const text = await arrived.promise;
      arrived = Promise.withResolvers<string>();
      yield Buffer.from(text);
    }
  })();
  const submit = () => {
    const answer = Promise.withResolvers<readonly SubmitReply[]>();
    submissions.push(answer);
    return answer.promise;
  };
  const { signal } = new AbortController();
  return {
    send: (text: string) => arrived.resolve(text),
    answer: (seq: number) => submissions.shift()?.resolve([{ id: `t${seq}`, seq }]),
    submissions,
    results: lineResults(body, submit, { stallMs: STALL_MS, signal }),
  };
};

describe('a body of lines', () => {
  it('is submitted on while earlier lines are being committed', async () => {
    const { send, answer, submissions, results } = setup();
    const first = results.next();
    send('{"type":"a"}\n');
    await vi.waitUntil(() => submissions.length === 1, { interval: 0 });
    send('{"type":"b"}\n');
    await vi.waitUntil(() => submissions.length === 2, { interval: 0 });
    answer(1);
    answer(2);
    expect((await first).value).toEqual([{ line: 1, id: 't1', seq: 1 }]);
    expect((await results.next()).value).toEqual([{ line: 2, id: 't2', seq: 2 }]);
  });

  it('may pause for as long as its tasks take, and for a minute more', async () => {
    const { send, answer, submissions, results } = setup();
    const first = results.next();
    send('{"type":"a"}\n');
    await vi.waitUntil(() => submissions.length === 1, { interval: 0 });
    await vi.advanceTimersByTimeAsync(10 * STALL_MS);
    answer(1);
    expect((await first).value).toEqual([{ line: 1, id: 't1', seq: 1 }]);
    const second = results.next();
    send('{"type":"b"}\n');
    await vi.waitUntil(() => submissions.length === 1, { interval: 0 });
    answer(2);
    expect((await second).value).toEqual([{ line: 2, id: 't2', seq: 2 }]);
    const third = expect(results.next()).rejects.toMatchObject({ code: 'INVALID_REQUEST' });
    await vi.advanceTimersByTimeAsync(2 * STALL_MS);
    await third;
  });
});
