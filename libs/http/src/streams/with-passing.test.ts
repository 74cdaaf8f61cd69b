import type { TaskEvent } from '@precedent/contract-types';
import { describe, expect, it } from 'vitest';
import { withPassing } from './with-passing.ts';

const passing = (event: 'progress' | 'overdue', fraction: number): TaskEvent =>
  ({ id: 't', event, fraction }) as TaskEvent;

/** A stream whose frames and passing events come when the test gives them. */
const setup = () => {
  const waiting: PromiseWithResolvers<IteratorResult<string>>[] = [];
  let give: (event: TaskEvent) => void = () => undefined;
  let isFollowed = false;
  const next = (): Promise<IteratorResult<string>> => {
    const frame = Promise.withResolvers<IteratorResult<string>>();
    waiting.push(frame);
    return frame.promise;
  };
  const frames: AsyncIterable<string> = { [Symbol.asyncIterator]: () => ({ next }) };
  const stream = withPassing(frames, (onEvent) => {
    give = onEvent;
    isFollowed = true;
    return () => (isFollowed = false);
  });
  return {
    stream,
    frame: (value: string) => waiting.shift()?.resolve({ done: false, value }),
    end: () => waiting.shift()?.resolve({ done: true, value: undefined }),
    give: (event: TaskEvent) => give(event),
    isFollowed: () => isFollowed,
  };
};

describe('the stream of a task with what is no record', () => {
  it('has passing events between its frames, without an id, and ends with its frames', async () => {
    const { stream, frame, give, end, isFollowed } = setup();
    const first = stream.next();
    frame('id: 1\ndata: {}\n\n');
    expect((await first).value).toBe('id: 1\ndata: {}\n\n');
    const second = stream.next();
    give(passing('progress', 0.5));
    expect((await second).value).toBe(
      'event: progress\ndata: {"id":"t","event":"progress","fraction":0.5}\n\n',
    );
    const third = stream.next();
    expect(isFollowed()).toBe(true);
    end();
    expect([(await third).done, isFollowed()]).toEqual([true, false]);
  });

  it('has the latest of each kind for a client that was slower', async () => {
    const { stream, frame, give } = setup();
    const first = stream.next();
    frame('a');
    await first;
    for (const fraction of [0.1, 0.2, 0.3]) give(passing('progress', fraction));
    give(passing('overdue', 1));
    const second = await stream.next();
    const third = await stream.next();
    expect([second.value, third.value]).toEqual([
      expect.stringContaining('0.3'),
      expect.stringContaining('event: overdue'),
    ]);
  });

  it('follows no more when its client leaves', async () => {
    const { stream, frame, isFollowed } = setup();
    const first = stream.next();
    frame('a');
    await first;
    await stream.return(undefined);
    expect(isFollowed()).toBe(false);
  });
});
